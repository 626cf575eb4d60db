"""What the catalogue of licences notes in a few words, told as a visitor reads it."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

_USERS = _("yes, below 700 million users a month")
_USERS_EU = _("yes, below 700 million users a month; not what is multimodal to people and firms in the EU")
_MANY_USERS = _("yes; above 100 million users a month ask for a licence")
_LIST = _("a list in the licence")
_POLICY = _("a policy on a page of the licensor")
_RESEARCH = _("yes, not for commercial use")

WORDS: dict[str, Promise] = {
    "yes": _("yes"),
    "no": _("no"),
    "none": _("none"),
    "-": _("not asked"),
    # Commercial use.
    "model: no": _("not of the model"),
    "yes below US$1M revenue": _("yes, below a revenue of 1 million US dollars"),
    "yes unless >700M MAU": _USERS,
    "yes unless >700M MAU at release date": _USERS,
    "yes unless >700M MAU; AUP: multimodal not granted to EU-domiciled": _USERS_EU,
    "yes, computational use": _("yes, to compute with it"),
    "yes; >100M MAU needs licence": _MANY_USERS,
    'yes; >100M MAU or >$20M/month: show "Kimi K2" in UI': _(
        "yes; large products (100 million users or 20 million US dollars a month) show its name"
    ),
    # Changed versions.
    "data itself: limited": _("of the data within limits"),
    "private only: adapted material may not be shared": _("only for oneself, not to be shared"),
    "yes (NC)": _RESEARCH,
    "yes (research)": _("yes, for research"),
    "yes incl. distillation from outputs": _("yes; a model taught by its answers is one"),
    "yes; distillation/synthetic-data models count as derivatives": _(
        "yes; a model taught by its answers is one"
    ),
    # The same licence for them.
    "agreement travels": _("yes, it goes along"),
    "same terms": _("yes"),
    "restrictions only": _("only its limits to use"),
    "no (adapter licence must not block compliance)": _("no"),
    "yes for data, not for results": _("for data, not for results"),
    "yes for derivative databases": _("for databases made from it"),
    "yes, incl. network use": _("yes, also when offered over a network"),
    "yes: same or listed compatible (GPL-3.0 one-way)": _("yes, or a compatible one such as GPL-3.0"),
    # Limits to use.
    "AUP by URL": _POLICY,
    "AUP by URL (mutable)": _("a policy on a page of the licensor, which may change"),
    "Prohibited Use Policy by URL": _POLICY,
    "computational use": _("to compute with it"),
    "fixed list": _LIST,
    "fixed list (Att. A)": _LIST,
    "fixed list (Attachment A)": _LIST,
    "fixed list (Att. A, adds military)": _("a list in the licence, military use among them"),
    "fixed list (military, surveillance, biometrics...)": _(
        "a list in the licence: military use, surveillance, biometrics and more"
    ),
    "guardrail bypass terminates; trustworthy-AI terms": _("ends when its safeguards are taken out"),
    "law only": _("what the law forbids"),
    "list": _LIST,
    "none (further restrictions barred)": _("none, and none may be added"),
    "policy list": _LIST,
    "short list (commercial, military, illegal; PRC security/interest)": _(
        "a short list: commercial, military and illegal use, and the interests of China"
    ),
}


def licence_words(noted: str) -> str:
    """A note in words; "" where nobody has looked."""
    return str(WORDS.get(noted, noted))
