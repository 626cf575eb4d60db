"""What publishers are told by mail, in plain words. Pure."""

from collections.abc import Sequence

from contributions.moderation.models import Case
from contributions.moderation.vocabulary import Action

HEAD = {
    Action.KEEP: "A moderator decided to withhold what you published",
    Action.RELEASE: "A moderator released what you published",
}
SUBJECT = {
    Action.KEEP: "Withheld",
    Action.RELEASE: "Released",
}
NEXT = {
    Case.SubjectKind.BLOB: {
        Action.KEEP: (
            "Only you, others who may publish where it is, and moderators can download the file until it is "
            "released. If you can, publish a version without the problem, for example the weights as "
            "safetensors in place of a pickle, and delete the old file."
        ),
        Action.RELEASE: "Everybody who may see the file can download it again. You need to do nothing.",
    },
    Case.SubjectKind.REPOSITORY: {
        Action.KEEP: (
            "Only its members can see the repository, and nobody can change it, until it is released. If you "
            "want to put right what the moderator names, write to us, and it can be released for that."
        ),
        Action.RELEASE: "Everybody who may see the repository can use it. You need to do nothing.",
    },
}
NAMES_SHOWN = 20


def subject(action: str, repositories: Sequence[str]) -> str:
    """One line: what was decided, in which repositories; no paths, which may hold what a header may not."""
    more = f" and {len(repositories) - 1} more" if len(repositories) > 1 else ""
    return f"{SUBJECT[action]}: {repositories[0]}{more}"


def body(
    *, case: Case, action: str, names: Sequence[str], findings: Sequence[str], reason: str, hub: str, ask: str
) -> str:
    """What was decided, why, what to do now, and where to ask; `hub` is its address, `ask` a mail address."""
    parts = [
        f"{HEAD[action]} on {hub}:",
        _list(names),
        "",
        *(["What a check found:", _list(findings), ""] if findings else []),
        "The moderator's reason:",
        reason,
        "",
        "What to do:",
        NEXT[case.subject_kind][action],
        "",
        f"If you think this is wrong, or have a question, write to {ask} and name case {case.pk}.",
    ]
    return "\n".join(parts)


def _list(lines: Sequence[str]) -> str:
    shown = [f"  - {line}" for line in lines[:NAMES_SHOWN]]
    rest = len(lines) - NAMES_SHOWN
    return "\n".join([*shown, *([f"  - and {rest} more"] if rest > 0 else [])])
