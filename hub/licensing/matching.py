"""Which licences a text is or holds: whole texts by their trigrams, then tags, short notices and title lines.

Nothing is guessed: where two licences fit and nothing tells them apart, the match is "modified", with both.
"""

from dataclasses import dataclass

from hub.licensing.catalogue import Book, built_in
from hub.licensing.changes import changes_terms, limits
from hub.licensing.facts import How
from hub.licensing.fingerprints import SIZE, hashes_of
from hub.licensing.normal_form import NormalForm, normal_form
from hub.licensing.notices import notices_in, tags_in
from hub.licensing.passages import Ground
from hub.licensing.picks import HEAD, Pick, whole_licences
from hub.licensing.references import References, known_references
from hub.licensing.titles import Title, title_lines

# Of the coefficient of Dice, and of the share of a licence that a larger file must hold.
EXACT, HELD = 0.97, 0.95
# What a text that changes a licence says beside it, in the normal form.
RIDERS = (
    "modified mit",
    "only modification",
    "additional restriction",
    "additional condition",
    "additional term",
    "following additional",
    "commons clause",
    "non commercial",
    "noncommercial",
    "commercial use",
    "must not be used",
    "may not be used",
    "shall not be used",
)
# Words before and after a licence's text in which they are looked for.
BESIDE = 100
# A short notice says under what its file stands; in a long text it is about something else.
NOTICE_WORDS = 400


@dataclass(frozen=True)
class Match:
    """A licence found in a text, from character `start` to `end`.

    `similarity` is the coefficient of Dice of the passage and the licence, `containment` the share of the
    licence that is there, `lead` how much less similar `runner_up` is, the next licence that fits this place
    ("" for none). `undecided` says that nothing tells the two apart. `rest` is how many words of the file are
    in none of its licences.
    """

    key: str
    how: How
    similarity: float = 0.0
    containment: float = 0.0
    lead: float = 0.0
    runner_up: str = ""
    undecided: bool = False
    start: int = 0
    end: int = 0
    rest: int = 0
    source: str = ""


def match(text: str, references: References | None = None, book: Book | None = None) -> list[Match]:
    """The licences of a text in the order of their places, without those it only repeats; [] for none.

    Texts are compared with the references, tags are read by the names in the book.
    """
    references = references or known_references()
    form = normal_form(text)
    ground = Ground(hashes_of(form.words), references)
    titles = title_lines(text, form, references)
    picks = whole_licences(ground, titles)
    rest = _unexplained(ground, form)
    found = [_matched(pick, picks, rest, form, ground) for pick in picks]
    found += _tags(text, book or built_in())
    found += _notices(form, rest, references)
    if all(pick.denied for pick in picks):
        found += _titles(titles, form)
    best: dict[str, Match] = {}
    for one in sorted(found, key=lambda one: (list(How).index(one.how), -one.similarity)):
        best.setdefault(one.key, one)
    return sorted(best.values(), key=lambda one: (one.start, one.key))


def _unexplained(ground: Ground, form: NormalForm) -> list[tuple[int, int]]:
    """The stretches of words that are in no licence; a trigram in front of one reaches two words into it."""
    words, last = len(form.words), len(ground.hashes)
    if not last:
        return [(0, words)] if words else []
    gaps = [(start and start + SIZE - 1, end if end < last else words) for start, end in ground.gaps()]
    return [(start, end) for start, end in gaps if start < end]


def _matched(
    pick: Pick, picks: list[Pick], rest: list[tuple[int, int]], form: NormalForm, ground: Ground
) -> Match:
    passage = pick.passage
    return Match(
        key=pick.key,
        how=_how(pick, picks, rest, form, ground),
        similarity=round(passage.dice, 4),
        containment=round(passage.held, 4),
        lead=round(pick.lead, 4),
        runner_up=pick.runner_up,
        undecided=pick.undecided,
        start=form.starts[passage.start],
        end=form.ends[passage.end + SIZE - 2],
        rest=sum(end - start for start, end in rest),
        source=ground.references.all[passage.number].source,
    )


def _how(pick: Pick, picks: list[Pick], rest: list[tuple[int, int]], form: NormalForm, ground: Ground) -> How:
    passage = pick.passage
    if pick.undecided or pick.denied or passage.held < HELD or passage.dice < EXACT:
        return How.MODIFIED
    terms = ground.references.all[passage.number].hashes
    if changes_terms(form.words, ground.hashes, passage.start, passage.end, terms):
        return How.MODIFIED
    beside = sum(end - start for start, end in rest)
    different = passage.lacking + passage.foreign
    alone = len({one.key for one in picks}) == 1
    if alone and 2 * passage.shared / (2 * passage.shared + different + beside) >= EXACT:
        if not any(limits(form.words[start:end]) for start, end in rest):
            return How.EXACT
        # What limits it follows; what stands before it speaks of the file.
        last = passage.end + SIZE - 1
        return (
            How.MODIFIED
            if any(limits(form.words[max(start, last) : end]) for start, end in rest)
            else How.CONTAINED
        )
    near = range(passage.start - BESIDE, passage.end + SIZE - 1 + BESIDE)
    said = " ".join(form.words[at] for start, end in rest for at in range(start, end) if at in near)
    if any(rider in said for rider in RIDERS) or (alone and beside <= different):
        return How.MODIFIED
    return How.CONTAINED


def _tags(text: str, book: Book) -> list[Match]:
    return [
        Match(key, How.TAG, start=start, end=end) for start, end, keys in tags_in(text, book) for key in keys
    ]


def _notices(form: NormalForm, rest: list[tuple[int, int]], references: References) -> list[Match]:
    if sum(end - start for start, end in rest) > NOTICE_WORDS:
        return []
    return [
        Match(key, How.NOTICE, start=form.starts[first + start], end=form.ends[first + end - 1])
        for first, last in rest
        for start, end, key in notices_in(form.words[first:last], references)
    ]


def _titles(titles: list[Title], form: NormalForm) -> list[Match]:
    return [
        Match(one.key, How.TITLE, start=form.starts[one.start], end=form.ends[one.end - 1])
        for one in titles
        if one.start < HEAD
    ]
