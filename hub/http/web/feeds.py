"""Atom feeds (RFC 4287) of repositories, and of what users and organisations do in public."""

from datetime import datetime
from urllib.parse import quote

from django.contrib.syndication.views import Feed
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import conditional_page, require_safe

from contributions.notifications.activity import Act
from contributions.notifications.activity import of_namespace as acts_of_namespace
from contributions.notifications.activity import of_repository as acts_of_repository
from hub.http.links import endpoint
from hub.http.web.pages import open_page
from hub.http.web.profiles import open_namespace_page

SHOWN = 30
KINDS = {
    "pull": gettext_lazy("Pull request"),
    "discussion": gettext_lazy("Discussion"),
    "release": gettext_lazy("Release"),
    "model": gettext_lazy("New model"),
    "dataset": gettext_lazy("New dataset"),
}


class Acts(Feed):
    """A feed of acts, which have been read for the visitor already."""

    feed_type = Atom1Feed

    def __init__(self, name: str, path: str, acts: list[Act], base: str) -> None:
        self.name, self.path, self.acts, self.base = name, path, acts, base

    def title(self) -> str:
        """What the feed is of."""
        return _("%s on Allmende") % self.name

    def link(self) -> str:
        """The page that it is about."""
        return self.base + quote(self.path)

    def feed_url(self) -> str:
        """Where the feed itself is."""
        return f"{self.base}{quote(self.path)}/feed.atom"

    def items(self) -> list[Act]:
        """The entries, the newest first."""
        return self.acts

    def item_title(self, item: Act) -> str:
        """What was done, where."""
        return f"{KINDS[item.kind]}: {item.title} · {item.repository}"

    def item_description(self, item: Act) -> None:
        """The title says it all."""

    def item_link(self, item: Act) -> str:
        """The page that shows it."""
        return self.base + item.path

    def item_author_name(self, item: Act) -> str | None:
        """Who did it."""
        return item.author or None

    def item_pubdate(self, item: Act) -> datetime:
        """When it was done."""
        return item.at

    item_updateddate = item_pubdate


@conditional_page
@require_safe
def of_repository(request: HttpRequest, **address: str) -> HttpResponse:
    """The latest threads and releases of a repository that the visitor may see."""
    repository = open_page(request, address)
    acts = acts_of_repository(repository, limit=SHOWN)
    return _feed(request, repository.full_name, repository.url_path, acts)


@conditional_page
@require_safe
def of_namespace(request: HttpRequest, namespace: str) -> HttpResponse:
    """What anybody may know that happened at a user's or an organisation's."""
    owner = open_namespace_page(namespace)
    return _feed(request, owner.name, f"/{owner.name}", acts_of_namespace(owner, limit=SHOWN))


def _feed(request: HttpRequest, name: str, path: str, acts: list[Act]) -> HttpResponse:
    response = Acts(name, path, acts, endpoint(request))(request)
    # A feed has its own dates; a reader asks again with the ETag.
    del response["Last-Modified"]
    patch_vary_headers(response, ("Accept-Language", "Cookie"))
    patch_cache_control(response, private=True, max_age=60)
    return response
