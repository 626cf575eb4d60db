"""Comments as HTML: Markdown like a card's, of which one answer turns only so much into HTML."""

from django.utils.html import format_html
from django.utils.safestring import SafeString

from hub.http.web.addresses import page_of
from hub.http.web.markdown import Addresses, render
from hub.repos.models import Repository

# Parsing takes time with the square of a text's length, and a thread may have a thousand of them.
BUDGET = 400_000


class Prose:
    """Renders the comments of one page or answer; links lead to the files of the repository."""

    def __init__(self, repository: Repository) -> None:
        self.addresses = Addresses(
            page_of(repository, "blob", "main"), page_of(repository, "resolve", "main")
        )
        self.left = BUDGET

    def html(self, text: str) -> SafeString:
        """A text as HTML; past the budget as it was written."""
        self.left -= len(text)
        if self.left < 0:
            return format_html('<pre class="source" tabindex="0">{}</pre>', text)
        # Front matter is a card's: a comment that begins with a line is one.
        return render(f"\n{text}", self.addresses)
