"""What Markdown shows: pictures, films and sounds of this hub; those of others would tell them who reads.

They become links, which a reader follows or not.
"""

import re
from html import unescape
from urllib.parse import urlsplit

from django.utils.html import format_html

from contributions.attachments.vocabulary import FILMS, SOUNDS
from hub.http.links import same_origin

# What a comment may have beside a card's elements.
PLAYED = ("audio", "video")
# In clean HTML, whose tags are regular.
_TAGS = re.compile(r"(<[^>]*>)")
_TAG = re.compile(r"<(/?)(a|img|audio|video)\b")
_SOURCE = re.compile(r'\ssrc="([^"]*)"')
_WORDS = re.compile(r'\salt="([^"]+)"')
# An address that stands for itself.
_BARE = re.compile(r'<a href="([^"]*)"[^>]*>([^<]*)</a>')
TAGS = {"img": "<img", **{name: f'<{name} controls preload="metadata"' for name in PLAYED}}
PLAYERS = {**dict.fromkeys(FILMS, "video"), **dict.fromkeys(SOUNDS, "audio")}


def shown(html: str, home: str) -> str:
    """Clean HTML, in which only what lies on the hub at `home` is loaded."""
    pieces = []
    links = 0
    dropped: list[str] = []
    for piece in _TAGS.split(_BARE.sub(lambda found: _played(found, home), html)):
        tag = _TAG.match(piece)
        if tag and tag[2] == "a":
            links += -1 if tag[1] else 1
        elif tag and tag[1]:
            # The end of a player that is none any more.
            if dropped and dropped[-1] == tag[2]:
                dropped.pop()
                continue
        elif tag:
            piece, kept = _loaded(piece, tag[2], home, inside=links > 0)
            if not kept and tag[2] in PLAYED:
                dropped.append(tag[2])
        pieces.append(piece)
    return "".join(pieces)


def own_path(address: str, home: str) -> str:
    """The path and query of an address on the hub at `home`; "" for one that is elsewhere."""
    if address.startswith("/") and not address.startswith("//"):
        return address
    if not home or not same_origin(address, home):
        return ""
    parts = urlsplit(address)
    return f"{parts.path}{f'?{parts.query}' if parts.query else ''}"


def _loaded(piece: str, name: str, home: str, *, inside: bool) -> tuple[str, bool]:
    """A tag that loads something from this hub, or else a link to what it would have loaded."""
    source = _SOURCE.search(piece)
    address = unescape(source[1]) if source else ""
    path = own_path(address, home)
    if path:
        own = piece.replace(source[0], format_html(' src="{}"', path), 1)
        return own.replace(f"<{name}", TAGS[name], 1), True
    words = _WORDS.search(piece)
    label = unescape(words[1]) if words else address
    if inside or not address:
        return format_html("{}", label), False
    link = '<a href="{}" rel="nofollow ugc noopener noreferrer">{}</a>'
    return format_html(link, address, label), False


def _played(found: re.Match[str], home: str) -> str:
    """A film or sound of this hub in the place of its bare address."""
    address = unescape(found[1])
    path = own_path(address, home)
    name = PLAYERS.get(path.rpartition(".")[2])
    if unescape(found[2]) != address or not path.startswith("/uploads/") or name is None:
        return found[0]
    return format_html('<{} src="{}"></{}>', name, path, name)
