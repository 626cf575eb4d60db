"""What two commits have differently, file by file, as far as the visitor is given what is in the files."""

from collections.abc import Iterable
from dataclasses import dataclass

from botocore.exceptions import BotoCoreError, ClientError
from django.http import HttpRequest
from django.utils.translation import gettext as _

from hub.access.policy import Action
from hub.access.services import may
from hub.compute.errors import HeaderInvalid
from hub.compute.listings import has_listing, listing_of
from hub.compute.tensors import Listing, ListingDiff, diff_listings
from hub.http.web.files import is_given
from hub.http.web.lines import Talk
from hub.http.web.visitors import visitor
from hub.repos.cards import parse_card
from hub.revisions.cards import CARD
from hub.revisions.diffs import TEXT_LIMIT, Change, FieldChange, TextDiff, diff_fields, diff_texts
from hub.revisions.selectors import Entry, Revision, find_entries, read_texts

# On one page: files, files whose text is compared, files whose headers are, and lines.
MOST_FILES, MOST_TEXTS, MOST_WEIGHTS, MOST_LINES = 300, 40, 4, 3_000
# On a page with many files no texts with more bytes together.
TEXTS_LIMIT = 2 * 1024 * 1024


@dataclass
class FileDiff:
    """One file's change: its text, its fields or its tensors, or a sentence of why nothing is shown.

    `talk` is what is said beside its lines.
    """

    change: Change
    old: Entry | None
    new: Entry | None
    text: TextDiff | None = None
    fields: list[FieldChange] | None = None
    tensors: ListingDiff | None = None
    note: str = ""
    alone: bool = False
    talk: Talk | None = None

    @property
    def sides(self) -> list[Entry]:
        """The file before and after, as far as it was there."""
        return [entry for entry in (self.old, self.new) if entry]


@dataclass(frozen=True)
class Difference:
    """What a page shows of a difference: files, how many there are, and how many of them it lacks."""

    files: list[FileDiff]
    count: int
    hidden: int


def difference(
    request: HttpRequest, old: Revision | None, new: Revision, changes: list[Change], only: str = ""
) -> Difference:
    """The files that two revisions have differently; `only` asks for one of them, with all of its lines.

    A few queries however many files there are: of some the texts are compared, of the rest the names.
    """
    wanted = [change for change in changes if not only or change.path == only]
    shown = wanted[:MOST_FILES]
    before = find_entries(old, [change.old_path for change in shown if change.old]) if old else {}
    after = find_entries(new, [change.path for change in shown if change.new])
    files = [
        FileDiff(
            change,
            before.get(change.old_path) if change.old else None,
            after.get(change.path) if change.new else None,
        )
        for change in shown
    ]
    _compare(request, new, files, most=MOST_LINES * (5 if only else 1))
    return Difference(files, len(changes), len(wanted) - len(shown))


def _compare(request: HttpRequest, revision: Revision, files: list[FileDiff], *, most: int) -> None:
    texts, weights = _sorted_out(request, revision, files)
    _compare_texts(texts, most)
    for file in weights[:MOST_WEIGHTS]:
        _compare_weights(file)
    for file in weights[MOST_WEIGHTS:]:
        file.alone = True


def _sorted_out(
    request: HttpRequest, revision: Revision, files: list[FileDiff]
) -> tuple[list[FileDiff], list[FileDiff]]:
    """The files whose texts, and those whose headers are to be compared; the others get their note."""
    pulls = may(visitor(request), revision.repository, Action.PULL)
    texts: list[FileDiff] = []
    weights: list[FileDiff] = []
    left = TEXTS_LIMIT
    for file in files:
        sides = file.sides
        if file.change.kind == "renamed":
            file.note = _("Only its name changed.")
        elif not pulls:
            file.note = _("What is in it is for those who have access to the files.")
        elif not all(_is_shown(request, revision, entry) for entry in sides):
            file.note = _("What is in it cannot be shown.")
        elif len(sides) == 2 and sides[0].oid == sides[1].oid:
            file.note = _("Only its mode changed.")
        elif all(has_listing(entry) for entry in sides):
            weights.append(file)
        elif any(entry.size > TEXT_LIMIT for entry in sides):
            file.note = _("It is too large to be compared here.")
        elif len(texts) < MOST_TEXTS and left > 0:
            texts.append(file)
            left -= sum(entry.size for entry in sides)
        else:
            file.alone = True
    return texts, weights


def _is_shown(request: HttpRequest, revision: Revision, entry: Entry) -> bool:
    return entry.availability == "present" and is_given(request, revision, entry)


def _compare_texts(files: list[FileDiff], most: int) -> None:
    found = _texts(entry for file in files for entry in file.sides)
    for file in files:
        old, new = (found.get(entry.sha256 or "") if entry else "" for entry in (file.old, file.new))
        if old is None or new is None:
            file.note = _("It is not text.")
            continue
        if file.change.path == CARD:
            file.fields = diff_fields(parse_card(old).data, parse_card(new).data)
        text = diff_texts(old, new)
        if text.length <= most:
            file.text = text
            most -= text.length
        else:
            file.alone = True


def _texts(entries: Iterable[Entry]) -> dict[str, str | None]:
    try:
        return read_texts(list(entries), limit=TEXT_LIMIT)
    except (BotoCoreError, ClientError):
        return {}


def _compare_weights(file: FileDiff) -> None:
    try:
        old, new = (listing_of(entry) if entry else Listing([]) for entry in (file.old, file.new))
    except HeaderInvalid:
        file.note = _("Its header cannot be read.")
        return
    except (BotoCoreError, ClientError):
        file.note = _("The store of large files does not answer. Try again in a moment.")
        return
    file.tensors = diff_listings(old, new)
