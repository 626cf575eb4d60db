"""What those concerned are told by mail, in the language that is active. Pure."""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from contributions.moderation.models import Appeal, Call, Decision, Flag, Message
from contributions.moderation.vocabulary import REDRESS, AppealState, CallKind, Effect, SubjectKind

HEAD = {
    Effect.NONE: _("Moderators looked at this and leave it, or show it again:"),
    Effect.WARN: _("Moderators looked at this and warn you:"),
    Effect.ASK: _("Moderators looked at this and ask you for changes:"),
    Effect.OVERRIDE: _("A moderator overruled a scanner; the file is served:"),
    Effect.QUARANTINE: _("This file is withheld:"),
    Effect.TAKE_DOWN: _("This is withheld:"),
    Effect.HIDE: _("This comment is hidden:"),
    Effect.SUSPEND_UPLOADS: _("You cannot publish for now:"),
    Effect.SUSPEND_ACCOUNT: _("This account is suspended:"),
    Effect.FORBID_NAME: _("This is withheld, and its name is forbidden:"),
}
SUBJECT = {
    Effect.NONE: _("Nothing is withheld: %s"),
    Effect.WARN: _("A warning: %s"),
    Effect.ASK: _("Please change: %s"),
    Effect.OVERRIDE: _("Released: %s"),
    Effect.QUARANTINE: _("Withheld: %s"),
    Effect.TAKE_DOWN: _("Withheld: %s"),
    Effect.HIDE: _("Hidden: a comment in %s"),
    Effect.SUSPEND_UPLOADS: _("Uploads suspended: %s"),
    Effect.SUSPEND_ACCOUNT: _("Account suspended: %s"),
    Effect.FORBID_NAME: _("Removed: %s"),
}
NEXT = {
    Effect.NONE: _("You need to do nothing."),
    Effect.WARN: _("Please keep to the policy from now on."),
    Effect.ASK: _("Publish a new version without the problem; moderators look at it again then."),
    Effect.OVERRIDE: _("Everybody who may see the file can download it. You need to do nothing."),
    Effect.QUARANTINE: _(
        "Only those who may publish where it is, and moderators, can download the file. If you can, "
        "publish a version without the problem, for example the weights as safetensors in place of a "
        "pickle, and delete the old file."
    ),
    Effect.TAKE_DOWN: _(
        "Only its people can see it until it is released, and nobody can change it unless moderators ask for "
        "changes."
    ),
    Effect.HIDE: _("Others do not see what the comment says."),
    Effect.SUSPEND_UPLOADS: _("You can still read, download, discuss and delete."),
    Effect.SUSPEND_ACCOUNT: _("Nobody can log in to the account or use its tokens."),
    Effect.FORBID_NAME: _("Nobody else can see or use it, and nobody can take the name again."),
}
# What reporters are told came of it, where it is not simply withheld.
OUTCOME = {
    Effect.NONE: _("It is left as it is."),
    Effect.WARN: _("It is left as it is, and its people were warned."),
    Effect.OVERRIDE: _("It is left as it is, with a warning for whoever downloads it."),
    Effect.HIDE: _("The comment is hidden."),
    Effect.SUSPEND_UPLOADS: _("They can publish nothing for now."),
    Effect.SUSPEND_ACCOUNT: _("The account is suspended."),
}
OF_A_REVISION = _(
    "Only its people have the files of this commit. You can publish another one without the problem."
)
OF_FORMER_FILES = _(
    "Only its people have the files that a deleted repository of this name had. You can publish others "
    "without the problem."
)
NAMES_SHOWN = 20


def subject(decision: Decision, names: Sequence[str]) -> str:
    """One line: what was decided, about what; no paths, which may hold what a header may not."""
    more = gettext("%(first)s and %(count)d more") % {"first": names[0], "count": len(names) - 1}
    return SUBJECT[Effect(decision.effect)] % (more if len(names) > 1 else names[0])


def statement(
    decision: Decision,
    *,
    names: Sequence[str],
    findings: Sequence[str],
    page: str,
    until: datetime | None,
    counters: bool = False,
) -> str:
    """What was decided, by whom and which policy, why, what to do now, and how to contest it until when.

    It says what Article 17 of Regulation (EU) 2022/2065 asks of a statement of reasons. `counters` is whether
    a counter-notice can answer it.
    """
    effect = Effect(decision.effect)
    by_rule = gettext("An automatic rule did this before a moderator has looked; one will.")
    parts = [
        str(HEAD[effect]),
        _list(names),
        "",
        str(decision.case.came_up),
        "",
        *([gettext("What was found:"), _list(findings), ""] if findings else []),
        gettext("The policy: %s") % decision.policy.shown_title,
        decision.policy.shown_text,
        "",
        *([gettext("The reason:"), decision.shown_reason, ""] if decision.reason else [by_rule, ""]),
        *([gettext("Until: %s UTC") % _day(decision.due_at), ""] if decision.due_at else []),
        gettext("What to do:"),
        what_to_do(decision),
        "",
        gettext("Everything about it, and how to answer: %s") % page,
    ]
    if until is not None:
        parts.append(gettext("You can appeal there until %s; another moderator decides.") % _day(until))
        if counters:
            parts.append(
                gettext(
                    "Or you can answer the claim with a counter-notice, which whoever made the claim is "
                    "sent: what is withheld comes back after %d days, unless a moderator upholds the "
                    "decision before."
                )
                % decision.policy.waiting_days
            )
        parts.append(str(REDRESS))
    return "\n".join(parts)


def reminder_subject(decision: Decision, names: Sequence[str]) -> str:
    """One line: that the date is near until which changes were asked for."""
    return gettext("A reminder: %s") % subject(decision, names)


def reminder(decision: Decision, *, names: Sequence[str], page: str) -> str:
    """Until when changes were asked for, in what, why, and what to do now."""
    parts = [
        gettext("Moderators asked you for changes until %s UTC, and no new version has them yet:")
        % _moment(decision.due_at),
        _list(names),
        "",
        gettext("The policy: %s") % decision.policy.shown_title,
        gettext("The reason:"),
        decision.shown_reason,
        "",
        gettext("What to do:"),
        what_to_do(decision),
        "",
        gettext("Everything about it, and how to answer: %s") % page,
    ]
    return "\n".join(parts)


def call(made: Call, *, page: str) -> tuple[str, str]:
    """Subject and body for a moderator who is called to a case."""
    number, name = made.case_id, made.case.subject_name
    who = made.by.username if made.by else gettext("somebody who left")
    if made.kind == CallKind.SECOND:
        line = gettext("Case %d: your opinion is asked for")
        words = gettext("%(who)s asks what you think about %(name)s, before it is decided.")
    elif made.kind == CallKind.HANDED:
        line = gettext("Case %d: handed over to you")
        words = gettext("%(who)s hands the case about %(name)s over to you.")
    elif made.kind == CallKind.APPEAL:
        line = gettext("Case %d: an appeal waits for its answer")
        words = gettext(
            "A decision about %(name)s is contested: %(effect)s. Another moderator than those who decided it "
            "answers."
        )
    elif made.kind == CallKind.ALL:
        line = gettext("Case %d: an opinion is asked for")
        words = gettext(
            "%(who)s asks all moderators what they think about %(name)s, before it is decided. Who first "
            "writes to the desk about it, or decides, answers for all."
        )
    elif made.kind == CallKind.PROPOSAL:
        line = gettext("Case %d: a decision waits for a second moderator")
        words = gettext("%(who)s proposes a decision about %(name)s: %(effect)s. Confirm or decline it.")
    else:
        line = gettext("Case %d: the date for changes is over")
        words = gettext(
            "Changes to %(name)s were asked for until %(day)s UTC, and no new version has them. The case is "
            "in the queue again."
        )
    decision = made.decision
    day = _moment(decision.due_at) if decision and decision.due_at else ""
    effect = decision.get_effect_display() if decision else ""
    body = words % {"who": who, "name": name, "day": day, "effect": effect}
    return line % number, "\n".join([body, "", page])


def upheld_subject(name: str) -> str:
    """One line: the appeal did not succeed."""
    return gettext("Your appeal: %s stays as decided") % name


def upheld(appeal: Appeal, *, page: str) -> str:
    """Why a decision was upheld by another moderator."""
    words = gettext("Another moderator looked at your appeal, and the decision stays. The reason:")
    return "\n".join([words, appeal.reason, "", page])


def message_subject(name: str) -> str:
    """One line: the desk has written."""
    return gettext("A message from the moderators: %s") % name


def message(written: Message, *, page: str) -> str:
    """What the desk wrote, and where to answer."""
    return "\n".join([written.text, "", gettext("Answer here: %s") % page])


def outcome(flag: Flag) -> tuple[str, str]:
    """Subject and body: what came of a report, and what one can do who thinks that it is wrong."""
    parts = [
        gettext("Thank you for your report of %(day)s about %(name)s. Moderators looked at it.")
        % {"day": _day(flag.created_at), "name": _reported(flag)},
        "",
        str(OUTCOME.get(Effect(flag.case.outcome), _("It is withheld."))),
        "",
        gettext("If you think that this is wrong, you can report it again and say what was overlooked."),
        str(REDRESS),
    ]
    return gettext("What came of your report: %s") % _reported(flag), "\n".join(parts)


def countered(appeal: Appeal, flag: Flag, *, withheld: bool) -> tuple[str, str]:
    """Subject and body for whoever claimed a right: the counter-notice to it, or what came of that.

    `withheld` is whether it is now, which the end of a counter-notice alone does not say.
    """
    name = _reported(flag)
    if appeal.state == AppealState.OPEN:
        who = appeal.author.username if appeal.author else gettext("somebody who left")
        parts = [
            gettext("%(who)s contests your claim about %(name)s with a counter-notice:")
            % {"who": who, "name": name},
            "",
            appeal.text,
            "",
            gettext(
                "What was withheld comes back on %(day)s. If you go to a court over it, write to %(address)s "
                "before, with its file number and the number of the case, %(case)d."
            )
            % {
                "day": _day(appeal.restore_at),
                "address": settings.DEFAULT_FROM_EMAIL,
                "case": appeal.decision.case_id,
            },
        ]
        return gettext("A counter-notice to your claim: %s") % name, "\n".join(parts)
    if appeal.state == AppealState.UPHELD:
        words = gettext("A moderator looked at the counter-notice to your claim about %s: it stays withheld.")
    elif appeal.state == AppealState.OVERTAKEN and withheld:
        words = gettext(
            "Moderators decided anew about %s before the counter-notice to your claim was answered. It stays "
            "withheld, and does not come back by itself."
        )
    elif appeal.state == AppealState.OVERTAKEN:
        words = gettext(
            "Moderators decided anew about %s before the counter-notice to your claim was answered. It is "
            "not withheld any more."
        )
    else:
        words = gettext("%s, about which you claimed a right, is not withheld any more. The reason:")
    body = "\n".join([words % name, *([appeal.shown_reason] if appeal.state == AppealState.UNDONE else [])])
    return gettext("What came of the counter-notice: %s") % name, "\n".join([body, "", str(REDRESS)])


def _reported(flag: Flag) -> str:
    """What was reported, as the reporter knows it: the same file may be elsewhere under another name."""
    return flag.path if flag.case.sha256 and flag.path else flag.case.subject_name


def what_to_do(decision: Decision) -> str:
    """What those concerned can do now, in a sentence or two."""
    case = decision.case
    if decision.effect == Effect.TAKE_DOWN and case.anew:
        return str(OF_FORMER_FILES)
    if decision.effect == Effect.TAKE_DOWN and case.subject_kind == SubjectKind.REVISION:
        return str(OF_A_REVISION)
    return str(NEXT[Effect(decision.effect)])


def _day(moment: datetime) -> str:
    return date_format(moment, "DATE_FORMAT")


def _moment(moment: datetime) -> str:
    return date_format(moment, "DATETIME_FORMAT")


def _list(lines: Sequence[str]) -> str:
    shown = [f"  - {line}" for line in lines[:NAMES_SHOWN]]
    rest = len(lines) - NAMES_SHOWN
    return "\n".join([*shown, *(["  - " + gettext("and %d more") % rest] if rest > 0 else [])])
