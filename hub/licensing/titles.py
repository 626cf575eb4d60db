"""Lines that name a licence and say little else, such as the one at the head of its text."""

from dataclasses import dataclass

from hub.licensing.normal_form import NormalForm
from hub.licensing.references import References

# Words that may stand beside the title on its line: an article before it, a date or a version after it.
BEFORE, AFTER = 1, 4
ARTICLES = {"a", "an", "the"}


@dataclass(frozen=True)
class Title:
    """A licence's title, from word `start` to `end`."""

    start: int
    end: int
    key: str


def titles_in(
    words: list[str], references: References, start: int = 0, end: int | None = None
) -> list[Title]:
    """Every title among words, the longest at each place."""
    found = []
    at, end = start, len(words) if end is None else end
    while at < end:
        title = _title_at(words, references, at)
        if title is not None and title.end <= end:
            found.append(title)
            at = title.end
        else:
            at += 1
    return found


def holder_of(title: str, references: References) -> str:
    """The key of the licence that a title names, also with an article or its words again; "" for none."""
    words = title.split()
    for one in titles_in(words, references):
        if {*words[: one.start], *words[one.end :]} <= {*ARTICLES, *words[one.start : one.end]}:
            return one.key
    return ""


def title_lines(text: str, form: NormalForm, references: References) -> list[Title]:
    """The titles that have a line, or two, to themselves."""
    lines = _line_starts(text, form)
    ends = [*lines[1:], len(form.words)]
    found = []
    for start in lines:
        for at in range(start, min(start + BEFORE + 1, len(form.words))):
            title = _title_at(form.words, references, at)
            if title is not None:
                line_end = next(end for end in ends if end >= title.end)
                if line_end - title.end <= AFTER:
                    found.append(title)
                break
    return found


def _title_at(words: list[str], references: References, at: int) -> Title | None:
    for length in references.title_lengths.get(words[at], ()):
        key = references.titles.get(tuple(words[at : at + length]))
        if key is not None and at + length <= len(words):
            return Title(at, at + length, key)
    return None


def _line_starts(text: str, form: NormalForm) -> list[int]:
    """The first words of the lines that have words."""
    befores = [0, *form.ends]
    return [at for at, start in enumerate(form.starts) if at == 0 or text.find("\n", befores[at], start) >= 0]
