"""A text as the words that matter to a licence: after the matching guidelines of SPDX (3.x, annex B).

What changes nothing is left out: markup, quotation marks, numbering, copyright lines, wrapping.
"""

import re
import unicodedata
from dataclasses import dataclass

# Left out; each is replaced by as many spaces, so that words keep their places in the text.
_LEFT_OUT = (
    re.compile(r"<(script|style)\b[^<>]{0,500}>.{0,100000}?</\1\s*>", re.IGNORECASE | re.DOTALL),
    re.compile(r"<!--.{0,5000}?-->", re.DOTALL),
    # Tags, and placeholders such as <year>; an address in angle brackets stays.
    re.compile(r"</?[a-z!][a-z0-9]*(?:[ \t\r\n][^<>]{0,1000})?/?>", re.IGNORECASE),
    re.compile(
        r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|nbsp|quot|apos|amp|lt|gt|copy|[lr][sd]quo|[mn]dash|hellip);", re.I
    ),
    # Where a link of Markdown leads.
    re.compile(r"(?<=\])\([^()\s]{0,500}\)"),
    # A line that says whose the copyright is; a clause of the licence has no year and no sign.
    re.compile(
        r"^[^\w\n©]{0,20}(?:portions?[ \t])?(?:copyright|copr\b|©|\(c\)[ \t]*(?:copyright|\d{4}))"
        r"(?=[^\n]{0,60}(?:©|\(c\)|\d{4}|[<\[{]|yyyy))[^\n]{0,200}$",
        re.IGNORECASE | re.MULTILINE,
    ),
    # The same within a longer line: only the sign and the years.
    re.compile(r"\bcopyright[ \t]+(?:\(c\)|©)(?:[ \t]*\d{4}(?:[ \t]*[-–,][ \t]*\d{4})*)?", re.IGNORECASE),
    re.compile(r"\ball[ \t\r\n]{1,4}rights[ \t\r\n]{1,4}reserved\b", re.IGNORECASE),
    # Numbering, wherever a line begins after wrapping; "version 2." is none.
    re.compile(r"\([ \t]?(?:[a-z]|[ivx]{1,5}|\d{1,2})[ \t]?\)", re.IGNORECASE),
    re.compile(r"^[^\w\n(]{0,40}\d{1,2}(?:\.\d{1,2}){1,3}\\?[.)](?=[\s*_])", re.MULTILINE),
    re.compile(r"(?<![\w.])(?<!version\s)(?:\d{1,2}|[a-z]|[ivx]{1,5})\\?[.)](?=[\s*_]|$)", re.IGNORECASE),
)
# Names that whoever uses a licence fills in, as the first group; SPDX's templates mark the same ones.
_FILLED_IN = (
    re.compile(r"\bneither\W{1,20}the\W{1,20}names?\W{1,20}of\b([^.;]{1,200}?)\bnor\b", re.IGNORECASE),
    re.compile(
        r"\bsoftware\W{1,20}is\W{1,20}provided\W{1,20}by\b([^.;]{1,200}?)\bas\W{1,20}is\b", re.IGNORECASE
    ),
    re.compile(
        r"\bin\W{1,20}no\W{1,20}event\W{1,20}shall\b([^.;]{1,200}?)\bbe\W{1,20}liable\b", re.IGNORECASE
    ),
)
_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
_NUMBER = r"[vV]?[0-9]+(?:\.[0-9]+)+"
_ASCII_WORD = re.compile(rf"{_NUMBER}|[A-Za-z0-9]+(?:\+\+)?")
_ANY_WORD = re.compile(rf"{_NUMBER}|[{_CJK}]|(?:(?![{_CJK}])[^\W_])+(?:\+\+)?")
_VERSION = re.compile(r"v(?=[0-9])")
_SAME = {
    "licence": "license",
    "licences": "licenses",
    "licenced": "licensed",
    "sublicence": "sublicense",
    "https": "http",
}


@dataclass(frozen=True)
class NormalForm:
    """The words of a text in lower case, and where each begins and ends in it."""

    words: list[str]
    starts: list[int]
    ends: list[int]


def normal_form(text: str) -> NormalForm:
    """The words that matter of a text; Chinese, Japanese and Korean by the character."""
    kept = text
    for pattern in _LEFT_OUT:
        kept = pattern.sub(_blank, kept)
    for pattern in _FILLED_IN:
        kept = pattern.sub(_without_name, kept)
    found = list((_ASCII_WORD if text.isascii() else _ANY_WORD).finditer(kept))
    return NormalForm(
        [_unified(each[0]) for each in found],
        [each.start() for each in found],
        [each.end() for each in found],
    )


def phrase(text: str) -> str:
    """A short text in the normal form, with single spaces."""
    return " ".join(normal_form(text).words)


def _blank(found: re.Match[str]) -> str:
    """Spaces, and the ends of lines that were there."""
    return re.sub(r"[^\n]", " ", found[0])


def _without_name(found: re.Match[str]) -> str:
    name = found.start(1) - found.start(), found.end(1) - found.start()
    return found[0][: name[0]] + re.sub(r"[^\n]", " ", found[1]) + found[0][name[1] :]


def _unified(word: str) -> str:
    word = word.lower() if word.isascii() else unicodedata.normalize("NFKC", word).lower()
    if word[0] == "v":
        word = _VERSION.sub("", word, count=1) if word[1:2].isdigit() else word
    return _SAME.get(word, word)
