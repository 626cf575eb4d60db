"""Texts as words, and a search as what its words may begin with (pure).

Names, tags, cards and searches are cut by the same rules, so that what somebody types is found as it stands.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator

LONGEST_WORD = 60
MOST_SEARCHED = 10
# Languages that put no space between words are cut into pairs of letters.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_UNSPACED_RUN = re.compile(f"[{_UNSPACED}]+")
_WORD = re.compile(r"[^\W_]+(?:[\u0300-\u036f]+[^\W_]*)*")
_CASE_PARTS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|\d+")
_NUMBERED = re.compile(r"([^\W\d_]+)(\d+)")


def words_of(text: str) -> list[str]:
    """The distinct words of a text in lower case, in their order; runs without spaces as pairs of letters."""
    return list(dict.fromkeys(_words(text)))


def name_words(namespace: str, name: str) -> list[str]:
    """The words of an address, and the parts of words like MiniLM-L6: mini, lm, l, 6."""
    parts = [part.lower() for part in _CASE_PARTS.findall(f"{namespace}/{name}")]
    return list(dict.fromkeys([*_words(namespace), *_words(name), *parts]))


def joined(words: Iterable[str], limit: int) -> str:
    """As many of the words as fit into so many characters, with single spaces between them."""
    text = " ".join(words)
    return text if len(text) <= limit else text[: limit + 1].rpartition(" ")[0]


def search_query(search: str, *, whole: Collection[str] = ()) -> str:
    """A tsquery for texts that have every word of the search as the beginning of a word; "" without words.

    Those in `whole` have to be whole words. `llama3` is also found as `llama 3`. What means something in a
    tsquery is no part of a word.
    """
    words = words_of(search)[:MOST_SEARCHED]
    return " & ".join(word if word in whole else _alternatives(word) for word in words)


def _alternatives(word: str) -> str:
    parts = _NUMBERED.fullmatch(word)
    return f"({word}:* | ({parts[1]} & {parts[2]}))" if parts else f"{word}:*"


def _words(text: str) -> Iterator[str]:
    for word in _WORD.findall(unicodedata.normalize("NFKC", text).lower()):
        for spaced, run in _runs(word):
            if spaced:
                yield run[:LONGEST_WORD]
            else:
                yield from (run[at : at + 2] for at in range(max(1, len(run) - 1)))


def _runs(word: str) -> Iterator[tuple[bool, str]]:
    at = 0
    for found in _UNSPACED_RUN.finditer(word):
        if found.start() > at:
            yield True, word[at : found.start()]
        yield False, found[0]
        at = found.end()
    if at < len(word):
        yield True, word[at:]
