"""Chat templates: whoever chats with a model renders them, so they may build text and nothing else."""

from hub.scanning.findings import Severity, printable
from hub.scanning.formats.base import Judge

# In characters; the longest that are published have some 60 000.
LONGEST = 512 * 1024
MOST_TOLD = 20
# In the time of one instruction of a pickle.
STEPS_OF_A_LETTER = 8
BEGINNINGS = ("{%", "{{", "{#")


def has_marks(data: bytes) -> bool:
    """Whether there is anything to render."""
    return b"{{" in data or b"{%" in data


def judge_template(judge: Judge, text: str, where: str, *, known: bool, whole: bool = True) -> None:
    """Judge a text as a template.

    `known` says that a loader takes it for one, so that it must be readable; `whole` that it looks like one
    from its beginning, and not like prose that quotes one.
    """
    # Few files hold a template, and each scan is a process of its own that would pay for the parser.
    from hub.scanning.judging.template_rules import TooDeep, Unreadable, problems_of

    judge.budget.step(STEPS_OF_A_LETTER * len(text))
    if len(text) > LONGEST:
        if known or text.lstrip()[:2] in BEGINNINGS:
            judge.say("template", "is a template too long to be judged", where, Severity.ERROR)
        return
    try:
        found = problems_of(text)
    except Unreadable as problem:
        if known or (whole and isinstance(problem, TooDeep)):
            words = f"cannot be read as a template: {printable(str(problem))}"
            judge.say("template", words, where, Severity.ERROR)
        return
    for words in found[:MOST_TOLD]:
        severity = Severity.DANGEROUS if known or whole else Severity.SUSPICIOUS
        judge.say("template", f"is a template that {words}", where, severity)
