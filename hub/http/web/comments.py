"""Comments as HTML: Markdown like a card's, with links to the people and threads that it names."""

import re
from collections.abc import Collection, Iterable

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from contributions.discussions.models import DiscussionEvent
from contributions.discussions.rules import mentioned
from contributions.discussions.selectors import users_named
from hub.http.web.addresses import page_of
from hub.http.web.markdown import Addresses, render
from hub.http.web.shown import PLAYED
from hub.repos.models import Repository

# Parsing takes time with the square of a text's length, and a thread may have a thousand of them.
BUDGET = 400_000
# In clean HTML: tags, and between them text whose "<", ">" and "&" are escaped.
_TAGS = re.compile(r"(<[^>]*>)")
_TAG = re.compile(r"</?([a-z0-9]+)")
_NAMED = re.compile(r"(?<![\w@/.#&-])(?:@([A-Za-z0-9][A-Za-z0-9._-]*)|#([1-9][0-9]{0,8})\b)")
# What is written in these is no word of the comment's own.
_APART = ("a", "code", "pre", "math")


class Prose:
    """Renders the comments of one page or answer; links lead to the files of the repository.

    `people` are the names, in lower case, that are somebody's: only they are linked. `home` is the hub's own
    address, where pictures may be loaded from.
    """

    def __init__(self, repository: Repository, home: str, people: Collection[str] = ()) -> None:
        self.addresses = Addresses(
            page_of(repository, "blob", "main"), page_of(repository, "resolve", "main"), home=home
        )
        self.threads = page_of(repository, "discussions")
        self.people = people
        self.left = BUDGET

    @classmethod
    def of(cls, repository: Repository, home: str, items: Iterable[object]) -> "Prose":
        """For the comments among some items of a thread; one query, none when they call nobody."""
        texts = (item.text for item in items if isinstance(item, DiscussionEvent) and not item.hidden)
        names = {name for text in texts for name in mentioned(text)}
        found = users_named(names) if names else []
        return cls(repository, home, {user.username.lower() for user in found})

    def html(self, text: str) -> SafeString:
        """A text as HTML; past the budget as it was written."""
        self.left -= len(text)
        if self.left < 0:
            return format_html('<pre class="source" tabindex="0">{}</pre>', text)
        # Front matter is a card's: a comment that begins with a line is one.
        html = render(f"\n{text}", self.addresses, played=PLAYED)
        return mark_safe(self._linked(html))

    def _linked(self, html: str) -> str:
        """Clean HTML, in which people and threads are links."""
        inside: list[str] = []
        pieces = []
        for piece in _TAGS.split(html):
            tag = _TAG.match(piece)
            if tag and tag[1] in _APART:
                if not piece.startswith("</"):
                    inside.append(tag[1])
                elif tag[1] in inside:
                    inside.remove(tag[1])
            pieces.append(piece if tag or inside else _NAMED.sub(self._link, piece))
        return "".join(pieces)

    def _link(self, found: re.Match[str]) -> str:
        name, number = found.groups()
        if number:
            return format_html('<a href="{}/{}">#{}</a>', self.threads, number, number)
        called = name.rstrip(".-_")
        if called.lower() not in self.people:
            return found[0]
        return format_html('<a href="/{}">@{}</a>{}', called, called, name[len(called) :])
