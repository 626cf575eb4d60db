"""The lines of a text with their numbers, a part of them at a time."""

from dataclasses import dataclass

from django.utils.html import format_html_join
from django.utils.safestring import SafeString

# Each line costs a hundred bytes of page besides its own.
LINES = 2_000


@dataclass(frozen=True)
class Source:
    """The lines `first` to `last` of `count`; `before` and `after` are where the parts beside begin, or 0."""

    html: SafeString
    first: int
    last: int
    count: int

    @property
    def before(self) -> int:
        return max(self.first - LINES, 0)

    @property
    def after(self) -> int:
        return self.last + 1 if self.last < self.count else 0


def source_of(lines: list[SafeString], line: int) -> Source:
    """The part of a text that has a line, the nearest one if there is no such line."""
    asked = min(max(line, 1), len(lines))
    start = (asked - 1) // LINES * LINES
    shown = lines[start : start + LINES]
    return Source(_numbered(shown, start + 1), start + 1, start + len(shown), len(lines))


def _numbered(lines: list[SafeString], first: int) -> SafeString:
    """Lines with their numbers, each an anchor (`#L10`); what is copied has no numbers in it."""
    return format_html_join(
        "",
        '<span class="ln" id="L{0}"><a href="#L{0}" data-line="{0}" tabindex="-1" aria-hidden="true"></a>'
        "{1}\n</span>",
        enumerate(lines, start=first),
    )
