"""A repository's licence in words for its page: its name, where its text is, and what it allows."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.functional import Promise

from hub.gates.forms import LICENCE_FILE
from hub.http.web.addresses import page_of
from hub.licensing.catalogue import known
from hub.licensing.words import QUESTIONS, licence_words
from hub.repos.models import Repository

SPDX = "https://spdx.org/licenses/{}.html"
# What the catalogue knows of a licence, in the order in which people ask.
ASKED = ("commercial", "derivatives", "share_alike", "use_restrictions")


@dataclass(frozen=True)
class Terms:
    """`text` is an address or ""; `facts` are what to ask and the answer, none where nobody has looked."""

    id: str
    name: str
    text: str
    facts: list[tuple[Promise, str]]


def terms_of(repository: Repository, paths: Iterable[str]) -> Terms | None:
    """What is to be said of the licence that the card declares; None without one.

    The text is a file of the repository if it has one, else where the card says, else the one of SPDX.
    """
    if not repository.licence:
        return None
    licence = known(repository.licence)
    file = next((path for path in sorted(paths) if LICENCE_FILE.fullmatch(path)), "")
    link = repository.card.get("license_link")
    text = page_of(repository, "blob", "main", file) if file else ""
    if not text and isinstance(link, str) and link.startswith(("https://", "http://")):
        text = link
    if not text and licence and licence.spdx:
        text = SPDX.format(licence.spdx[0])
    said = {question: licence_words(licence, question) for question in ASKED} if licence else {}
    return Terms(
        repository.licence,
        licence.name if licence else str(repository.card.get("license_name") or repository.licence),
        text,
        [(QUESTIONS[question], words) for question, words in said.items() if words],
    )
