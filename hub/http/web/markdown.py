"""Markdown written by anyone, turned into HTML that is safe to show in the hub's own pages."""

import posixpath
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from urllib.parse import quote, unquote, urlsplit

import nh3
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.gfm import gfm_plugin

from hub.http.web.formulas import with_formulas
from hub.http.web.shown import shown
from hub.repos.cards import front_matter_split

# Every id of a card gets this prefix, so that a card cannot take the name of an element of the page.
ID_PREFIX = "card-"
# In characters. Parsing hostile Markdown takes time with the square of its length: about 2 s for this much.
LENGTH_LIMIT = 120_000

_TAG_NAMES = """
a abbr b blockquote br caption center cite code col colgroup dd del details dfn div dl dt em figcaption figure
h1 h2 h3 h4 h5 h6 hr i img input ins kbd li mark ol p pre q s samp section small span strike strong sub
summary sup table tbody td tfoot th thead tr tt u ul var wbr
"""
_TAGS = set(_TAG_NAMES.split())
_SIDED = ("p", "div", "td", "th", "h1", "h2", "h3", "h4", "h5", "h6")
_ATTRIBUTES: dict[str, set[str]] = {
    **{tag: {"align"} for tag in _SIDED},
    "*": {"id", "title", "dir", "lang"},
    "a": {"href", "name"},
    "img": {"src", "alt", "width", "height", "align"},
    "td": {"align", "colspan", "rowspan"},
    "th": {"align", "colspan", "rowspan", "scope"},
    "ol": {"start"},
    "details": {"open"},
    "input": {"checked"},
}
_ALERTS = {f"markdown-alert-{kind}" for kind in ("note", "tip", "important", "warning", "caution")}
_CLASSES = {
    "a": {"header-anchor", "footnote-backref"},
    "div": {"markdown-alert", "math"} | _ALERTS,
    "hr": {"footnotes-sep"},
    "li": {"task-list-item", "footnote-item"},
    "ol": {"footnotes-list"},
    "p": {"markdown-alert-title"},
    "section": {"footnotes"},
    "span": {"math"},
    "sup": {"footnote-ref"},
    "ul": {"contains-task-list"},
}
# In clean HTML, one that says no height.
_IMAGE = re.compile(r'<img (?![^>]*\sheight=)[^>]*?src="([^"]*)"')
_WIDTH = re.compile(r'[^>]*?\swidth="([^"]*)"')
_SCHEMES = {"http", "https", "mailto"}
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
# Browsers drop these inside an address, so "java<tab>script:" would be a scheme to them.
_INVISIBLE = re.compile(r"[\x00-\x20\x7f]")


@dataclass(frozen=True)
class Addresses:
    """Where relative links of a card lead: to pages that show a file, or to its bytes; no last slash.

    `home` is the hub's own address: what lies there is loaded, too.
    """

    pages: str
    files: str
    folder: str = ""
    home: str = ""

    def link(self, target: str) -> str | None:
        """Return the address of the page for a link of the card, None for one that must not be followed."""
        return self._resolve(self.pages, target)

    def image(self, target: str) -> str | None:
        """Return the address of the bytes for an image of the card, None for one that must not be loaded."""
        return None if target.lower().startswith("mailto:") else self._resolve(self.files, target)

    def _resolve(self, base: str, target: str) -> str | None:
        target = _INVISIBLE.sub("", target)
        if _SCHEME.match(target):
            return target if target.split(":", 1)[0].lower() in _SCHEMES else None
        if target.startswith("//"):
            return f"https:{target}"
        if target.startswith("#"):
            return f"#{ID_PREFIX}{target[1:]}"
        parts = urlsplit(target)
        path = unquote(parts.path)
        inside = posixpath.normpath(
            path.lstrip("/") if path[:1] == "/" else posixpath.join(self.folder, path)
        )
        if inside.split("/")[0] == ".." or "\\" in inside:
            return None
        fragment = f"#{ID_PREFIX}{parts.fragment}" if parts.fragment else ""
        return f"{base}/{quote(inside)}{fragment}"


def render(
    text: str,
    addresses: Addresses,
    sizes: Mapping[str, Sequence[int]] | None = None,
    played: Collection[str] = (),
) -> SafeString:
    """Return a card's HTML: GitHub's dialect, no front matter, nothing that runs or lies elsewhere.

    A text over LENGTH_LIMIT is shown as it is written, as diagrams are. `sizes` are those of the
    repository's pictures in pixels, by path, so that the page keeps room for them. `played` are the
    elements that may play something.
    """
    body = front_matter_split(text)[1]
    if len(body) > LENGTH_LIMIT:
        return format_html('<pre class="source" tabindex="0">{}</pre>', body)
    clean = nh3.clean(
        _parser().render(body),
        tags=_TAGS.union(played),
        attributes=_ATTRIBUTES | dict.fromkeys(played, {"src"}),
        attribute_filter=_filter(addresses),
        allowed_classes=_CLASSES,
        set_tag_attribute_values={
            "input": {"type": "checkbox", "disabled": "", "aria-label": _("Done")},
            "img": {"loading": "lazy"},
        },
        clean_content_tags={"script", "style", "template", "noscript", "iframe", "object", "svg", "math"},
        url_schemes=_SCHEMES,
        link_rel="nofollow ugc noopener noreferrer",
        id_prefix=ID_PREFIX,
    )
    own = shown(clean, addresses.home)
    return mark_safe(with_formulas(_with_room(own, addresses, sizes or {})))


def _with_room(html: str, addresses: Addresses, sizes: Mapping[str, Sequence[int]]) -> str:
    """Give pictures of a known size what lacks of width and height, so that none moves what is below it."""
    known = {f"{addresses.files}/{quote(path)}": size for path, size in sizes.items()}

    def sized(found: re.Match[str]) -> str:
        size = known.get(found[1])
        if not size:
            return found[0]
        said = _WIDTH.match(html, found.start())
        if not said:
            return f'{found[0]} width="{size[0]}" height="{size[1]}"'
        wide = int(said[1]) if re.fullmatch(r"[1-9]\d{0,4}", said[1]) else 0
        return f'{found[0]} height="{max(1, round(wide * size[1] / size[0]))}"' if wide else found[0]

    return _IMAGE.sub(sized, html) if known else html


def _filter(addresses: Addresses):
    def decide(tag: str, attribute: str, value: str) -> str | None:
        if (tag, attribute) == ("a", "href"):
            return addresses.link(value)
        if attribute == "src":
            return addresses.image(value)
        if attribute == "name":
            return f"{ID_PREFIX}{value}"
        return value

    return decide


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": True}).use(gfm_plugin)
    # A price is no formula: the dollars stand at the formula, and no digit stands before the first.
    parser.use(dollarmath_plugin, allow_labels=False, allow_space=False, allow_digits=False)
    parser.core.ruler.push("math_fences", _math_fences)
    parser.core.ruler.push("cell_sides", _cell_sides)
    parser.core.ruler.push("heading_anchors", _heading_anchors)
    return parser


def _math_fences(state: StateCore) -> None:
    """Take a fence of the language `math` for a formula, as GitHub does."""
    for token in state.tokens:
        if token.type == "fence" and token.info.strip() == "math":
            token.type, token.markup = "math_block", "$$"


def _cell_sides(state: StateCore) -> None:
    """Say a table cell's side with an attribute, because the pages' content policy forbids inline styles."""
    for token in state.tokens:
        style = token.attrGet("style") if token.type in ("td_open", "th_open") else None
        if style:
            token.attrs = {"align": str(style).removeprefix("text-align:")}


def _heading_anchors(state: StateCore) -> None:
    """Give each heading an id as GitHub does, and a link to itself; linear, however many are alike."""
    taken: set[str] = set()
    counts: dict[str, int] = {}
    for opening, inline in pairwise(state.tokens):
        if opening.type != "heading_open":
            continue
        slug = slugify(inline.content)
        name = slug
        while name in taken:
            counts[slug] = counts.get(slug, 0) + 1
            name = f"{slug}-{counts[slug]}"
        taken.add(name)
        opening.attrSet("id", name)
        inline.children = [*(inline.children or []), *_permalink(name)]


def slugify(title: str) -> str:
    """Return a heading's id: lower case, punctuation dropped, spaces as hyphens."""
    return re.sub(r"[^\w -]", "", title.strip().lower()).replace(" ", "-")


def _permalink(name: str) -> list[Token]:
    space, text = Token("text", "", 0, content=" "), Token("text", "", 0, content="#")
    opening = Token("link_open", "a", 1, attrs={"class": "header-anchor", "href": f"#{name}"})
    return [space, opening, text, Token("link_close", "a", -1)]
