"""Everything that the licence check says, in the language of whoever reads it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from hub.licensing.catalogue import CONDITIONS, Condition, Licence
from hub.licensing.facts import UNKNOWN
from hub.licensing.findings import Finding, Severity
from hub.licensing.rules import all_rules
from hub.licensing.terms import Said

SEVERITIES: dict[Severity, Promise] = {
    Severity.INFO: _("good to know"),
    Severity.WARNING: _("to mend"),
    Severity.CONFLICT: _("contradiction"),
}
# What people ask, in the order in which they do, and what a licence or all of them together answer.
QUESTIONS: dict[str, Promise] = {
    "commercial": _("Commercial use"),
    "derivatives": _("Changed versions"),
    "share_alike": _("Same licence for them"),
    "use_restrictions": _("Limits to use"),
    "outputs": _("Use of its outputs"),
    "duties": _("What is to be done"),
    "gating": _("Who is given it"),
}
ANSWERS: dict[str, dict[str, Promise]] = {
    "commercial": {"yes": _("yes"), "conditional": _("yes, with conditions"), "no": _("no")},
    "derivatives": {"yes": _("yes"), "private": _("only for oneself, not to be shared"), "no": _("no")},
    "share_alike": {
        "no": _("no"),
        "data": _("for data, not for results"),
        "weak": _("for the files themselves"),
        "terms": _("only its limits to use"),
        "agreement": _("yes, it goes along"),
        "strong": _("yes, or a compatible one"),
        "network": _("yes, also when offered over a network"),
    },
    "use_restrictions": {
        "none": _("none"),
        "law": _("what the law forbids"),
        "list": _("a list in the licence"),
        "url": _("a policy on a page of the licensor"),
    },
    "outputs": {
        "free": _("may be used freely"),
        "naming": _("may train others, which then bear its name"),
        "unclear": _("the licence does not say clearly"),
        "no_other_llm": _("may not improve other models"),
        "noncommercial": _("not for commercial use"),
    },
    "duties": {"none": _("nothing"), "some": _("yes")},
    "gating": {
        "none": _("everybody"),
        "gate": _("who agrees to its terms"),
        "application": _("whose application is accepted"),
    },
}
NOT_KNOWN = _("not known")
# By kind, and where a limit is for showing a name, with "-display".
CONDITION_WORDS: dict[str, Promise] = {
    "mau": _("above %(limit)s users a month another licence is needed"),
    "mau-display": _("above %(limit)s users a month a product shows “%(what)s”"),
    "revenue_year": _("above a revenue of %(limit)s US dollars a year another licence is needed"),
    "revenue_month-display": _("above a revenue of %(limit)s US dollars a month a product shows “%(what)s”"),
    "region": _("what is multimodal is not for people and firms in the European Union"),
    "computational": _("to compute with it"),
    "guardrails": _("ends when its safeguards are taken out"),
    "remote": _("the licensor may restrict it later"),
    "latest_version": _("the newest version is to be used"),
    "distillation": _("a model taught by its answers is one"),
    "display": _("some of them show “%(what)s”"),
}
DUTY_WORDS: dict[str, Promise] = {
    "licence_text": _("Pass on the licence's text."),
    "notice_file": _("Keep this sentence in a file named NOTICE:"),
    "ui_text": _("Show this where people see it:"),
    "name_prefix": _("Begin the name of what you make of it with:"),
    "mark_changes": _("Say what you changed."),
    "attribution": _("Name the authors and keep their notices."),
    "source": _("Offer the source."),
    "documentation": _("Pass on documentation that is as good."),
}


@dataclass(frozen=True)
class Told:
    """A finding in words; `mend` is "" where nothing is to do."""

    title: str
    message: str
    mend: str
    severity: str

    def __str__(self) -> str:
        return f"{self.message} {self.mend}".strip()


def told(finding: Finding) -> Told:
    """A finding in the reader's language."""
    rule = all_rules()[finding.rule]
    params = _numbers(finding.params)
    mend = rule.mends.get(finding.case)
    return Told(
        str(rule.title),
        str(rule.says[finding.case]) % params,
        str(mend) % params if mend else "",
        str(SEVERITIES[finding.severity]),
    )


def answer_words(question: str, answer: str) -> str:
    """An answer of the vocabulary in words."""
    return str(NOT_KNOWN if answer in {"", UNKNOWN} else ANSWERS[question][answer])


def licence_words(licence: Licence, question: str) -> str:
    """What a licence answers, with its conditions; "" where nobody has read it."""
    answer = getattr(licence, question)
    conditions = (one for one in licence.conditions if CONDITIONS[one.kind] == question)
    return _joined(answer_words(question, answer), map(condition_words, conditions)) if answer else ""


def condition_words(condition: Condition) -> str:
    """A condition in words."""
    return _condition(condition.kind, condition.limit, condition.what)


def said_words(said: Said) -> str:
    """A condition of the terms, or a duty without the sentence it demands, in words."""
    duty = DUTY_WORDS.get(said.kind)
    return str(duty) if duty else _condition(said.kind, said.limit, said.text)


def _condition(kind: str, limit: int, what: str) -> str:
    words = CONDITION_WORDS[f"{kind}-display" if limit and what else kind]
    return str(words) % _numbers({"limit": str(limit), "what": what})


def _joined(answer: str, conditions: Iterable[str]) -> str:
    return "; ".join([answer, *dict.fromkeys(conditions)])


def _numbers(params: Mapping[str, str]) -> dict[str, str]:
    """Params with their numbers as the reader's language writes them."""
    said = dict(params)
    if said.get("limit", "").isdigit():
        said["limit"] = number_format(int(said["limit"]), force_grouping=True)
    return said
