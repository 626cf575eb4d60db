"""Formulas of cards: LaTeX that anybody wrote, set as MathML by our own list of elements and attributes."""

import re
from html import escape, unescape
from xml.etree.ElementTree import Element

from latex2mathml import exceptions as refusals
from latex2mathml.converter import convert_to_element

# In characters. The library takes time with the square of a length: 0.1 s for a hostile formula this long.
FORMULA_LIMIT = 1_000
CARD_LIMIT = 10_000
# Browsers stop nesting at some hundred elements, formulas that people read at ten or so.
DEPTH_LIMIT = 60

_PARTS = {
    "mfrac": 2,
    "mover": 2,
    "mroot": 2,
    "msub": 2,
    "msubsup": 3,
    "msup": 2,
    "munder": 2,
    "munderover": 3,
}
_WHOLE = "mi mmultiscripts mn mo mpadded mphantom mprescripts mrow mspace msqrt mstyle mtable mtd mtext mtr"
_ELEMENTS = {*_PARTS, *_WHOLE.split(" ")}
# Neither addresses nor colours nor styles: a formula says what it means, and the pages how it looks.
_TRUTH = re.compile("true|false")
_LENGTH = re.compile(r"-?\d{1,2}(\.\d{1,3})?(em|ex|pt)|0")
_ATTRIBUTES = {
    "accent": _TRUTH,
    "accentunder": _TRUTH,
    "columnalign": re.compile("left|right|center"),
    "displaystyle": _TRUTH,
    "fence": _TRUTH,
    "form": re.compile("prefix|infix|postfix"),
    "linethickness": _LENGTH,
    "lspace": _LENGTH,
    "mathvariant": re.compile("normal"),
    "maxsize": _LENGTH,
    "minsize": _LENGTH,
    "movablelimits": _TRUTH,
    "rspace": _LENGTH,
    "scriptlevel": re.compile("[0-2]"),
    "separator": _TRUTH,
    "stretchy": _TRUTH,
    "width": _LENGTH,
}
# Definitions could make a short formula endlessly long; a card needs none.
_DEFINES = re.compile(r"\\(re|provide)?(new)?(command|environment)\b|\\[egx]?def\b|\\let\b|\\Declare")
_SAME = (
    (re.compile(r"\\(begin|end)\s*\{(?:aligned|split|gathered)\}"), r"\\\1{align*}"),
    (re.compile(r"\\label\s*\{[^{}]*\}"), ""),
    (re.compile(r"\\operatorname\*?\s*\{([a-zA-Z]+)\\[,;: ]\s*([a-zA-Z]+)\}"), r"\\operatorname{\1 \2}"),
    (re.compile(r"\\operatorname\*"), r"\\operatorname"),
)
# What the library raises for LaTeX that it does not understand; of its own classes none has a common base.
_REFUSED = (
    *(each for each in vars(refusals).values() if isinstance(each, type)),
    AttributeError,
    LookupError,
    RecursionError,
    StopIteration,
    TypeError,
    ValueError,
)
# Formulas as the sanitiser leaves them, which escapes every < in a text and every " in an attribute.
_WRITTEN = re.compile(r'<(span|div) class="math">([^<]*)</\1>')

# Behind a function's name, such as log, where browsers put none.
NARROW_SPACE = '<mspace width="0.167em"></mspace>'


class NotUnderstood(ValueError):
    """A formula that is not understood as a whole."""


def with_formulas(clean: str) -> str:
    """Return sanitised HTML with its formulas set; those that are not understood stay as they are written."""
    left = CARD_LIMIT

    def typeset(found: re.Match[str]) -> str:
        nonlocal left
        latex = unescape(found[2])
        left -= len(latex)
        set_ = mathml(latex, block=found[1] == "div") if left >= 0 else None
        return f'<{found[1]} class="math">{set_}</{found[1]}>' if set_ else found[0]

    return _WRITTEN.sub(typeset, clean)


def mathml(latex: str, *, block: bool) -> str | None:
    """Return a formula as MathML, with its LaTeX for who copies it; None for one that is not understood."""
    if len(latex) > FORMULA_LIMIT or _DEFINES.search(latex):
        return None
    # GitHub also writes backticks inside of the dollars, so that nothing else reads the formula as Markdown.
    plain = latex[1:-1] if len(latex) > 2 and latex[0] == latex[-1] == "`" else latex
    for pattern, same in _SAME:
        plain = pattern.sub(same, plain)
    display = "block" if block else "inline"
    try:
        shown = "".join(_written(row, 0) for row in convert_to_element(plain, display=display))
    except _REFUSED:
        return None
    source = f'<annotation encoding="application/x-tex">{escape(latex.strip())}</annotation>'
    return f'<math display="{display}"><semantics>{shown}{source}</semantics></math>'


def _is_word(element: Element) -> bool:
    """Whether an element is a name of several letters."""
    return element.tag == "mi" and len(element.text or "") > 1 and (element.text or "").isalpha()


def _written(element: Element, depth: int) -> str:
    """An element with its children, written anew: nothing of the library's text is taken as HTML."""
    if element.tag not in _ELEMENTS or depth > DEPTH_LIMIT:
        raise NotUnderstood
    if len(element) != _PARTS.get(element.tag, len(element)):
        raise NotUnderstood
    text = unescape(element.text or "")
    if text == "&" or (text.startswith("\\") and element.tag != "mtext"):
        raise NotUnderstood
    children = [_written(child, depth + 1) for child in element]
    if element.tag in ("mrow", "mtd"):
        children = [
            child + NARROW_SPACE if _is_word(one) else child
            for one, child in zip(element, children, strict=True)
        ]
    inside = escape(text) + "".join(children)
    said = "".join(
        f' {name}="{value}"'
        for name, value in element.attrib.items()
        if name in _ATTRIBUTES and _ATTRIBUTES[name].fullmatch(value)
    )
    return f"<{element.tag}{said}>{inside}</{element.tag}>"
