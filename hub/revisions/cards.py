"""What the catalogue says of a card follows what may be shown of the card's file."""

from django.db import transaction

from hub.repos import services as repos
from hub.repos.cards import Card, parse_card
from hub.repos.models import Repository
from hub.revisions.models import Ref
from hub.revisions.names import MAIN_REF
from hub.revisions.selectors import Revision, find_entry, read_text, repositories_holding, resolve_revision

CARD = "README.md"


def refresh_cards(*, sha256: str) -> None:
    """Take a card that was withheld out of lists and the search, or put one that was released back."""
    for row in repositories_holding(sha256):
        _refresh_card(row.repository, sha256)


def card_of(revision: Revision) -> Card:
    """What the card of a revision says, as far as it may be shown; an empty one when there is none."""
    entry = find_entry(revision, CARD)
    shown = entry is not None and entry.type == "file"
    return parse_card((read_text(entry) if shown else None) or "")


@transaction.atomic
def _refresh_card(repository: Repository, sha256: str) -> None:
    # A commit that lands meanwhile waits here, and its card comes last.
    Ref.objects.select_for_update().get(repository=repository, name=MAIN_REF)
    entry = find_entry(resolve_revision(repository, None), CARD)
    if entry is not None and entry.sha256 == sha256:
        repos.apply_card(repository=repository, card=parse_card(read_text(entry) or ""))
