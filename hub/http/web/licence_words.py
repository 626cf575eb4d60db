"""What the licence pages call what the licence check knows."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hub.licensing.facts import How, LicenceFile, Role, Scope
from hub.licensing.words import ANSWERS, CONDITION_WORDS, NOT_KNOWN, QUESTIONS

KINDS: dict[str, Promise] = {
    "permissive": _("permissive"),
    "public-domain": _("public domain"),
    "copyleft": _("copyleft"),
    "weak-copyleft": _("weak copyleft"),
    "share-alike": _("share alike"),
    "conditions": _("with conditions"),
    "rail": _("RAIL: limits to use"),
    "community": _("community licence of a vendor"),
    "no-derivatives": _("no changed versions"),
    "noncommercial": _("not for commercial use"),
    "research": _("for research only"),
}
# What a licence's own page tells beside the questions that everybody asks.
MORE_QUESTIONS: dict[str, Promise] = {
    "relicense": _("Another licence for changed versions"),
    "patent": _("Patents"),
}
MORE_ANSWERS: dict[str, dict[str, Promise]] = {
    "relicense": {
        "any": _("any, beside what it asks"),
        "compatible": _("the same or a compatible one"),
        "keeps_restrictions": _("any that keeps its limits to use"),
        "agreement": _("any, and the agreement goes along"),
        "none": _("none"),
    },
    "patent": {"grant": _("granted"), "silent": _("not mentioned"), "excluded": _("not granted")},
}
ALL_QUESTIONS = {name: words for name, words in QUESTIONS.items() if name != "duties"} | MORE_QUESTIONS
ALL_ANSWERS = ANSWERS | MORE_ANSWERS
HOW: dict[How, Promise] = {
    How.EXACT: _("the licence's text"),
    How.CONTAINED: _("its text, beside other text"),
    How.MODIFIED: _("its text, changed"),
    How.TAG: _("an SPDX tag"),
    How.NOTICE: _("a short notice"),
    How.TITLE: _("only its title"),
}
ROLES: dict[Role, Promise] = {
    Role.LICENCE: _("Licence"),
    Role.POLICY: _("Rules of use"),
    Role.NOTICE: _("Notices"),
}
SCOPES: dict[Scope, Promise] = {
    Scope.ALL: _("everything"),
    Scope.WEIGHTS: _("the weights"),
    Scope.CODE: _("the code"),
    Scope.DATA: _("the data"),
    Scope.DOCS: _("the documentation"),
    Scope.PART: _("a part of it"),
}
RELATIONS: dict[str, Promise] = {
    "": _("made from"),
    "finetune": _("fine-tuned from"),
    "adapter": _("adapter for"),
    "quantized": _("quantised from"),
    "merge": _("merged from"),
}
STATES: dict[str, Promise] = {
    "open": pgettext_lazy("of a finding", "open"),
    "disputed": _("disputed by its publisher"),
    "waived": _("settled by a moderator"),
}
CONDITION_NAMES: dict[str, Promise] = {
    "mau": _("a number of users a month"),
    "revenue_year": _("a revenue a year"),
    "revenue_month": _("a revenue a month"),
    **{
        name: words
        for name, words in CONDITION_WORDS.items()
        if name not in {"mau-display", "revenue_month-display", "mau", "revenue_year", "display"}
    },
    "display": _("a name that some show"),
}


def answer_to(question: str, answer: str) -> str:
    """An answer in words, also to what only a licence's own page tells."""
    return str(ALL_ANSWERS[question].get(answer, NOT_KNOWN))


def file_words(file: LicenceFile) -> tuple[str, str]:
    """What a file is, and what for."""
    return str(ROLES[file.role]), str(SCOPES[file.scope])
