"""Atom feeds (RFC 4287) of repositories, and of what users and organisations do in public."""

from datetime import datetime
from urllib.parse import quote, urlsplit

from django.contrib.syndication.views import Feed
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext as _
from django.views.decorators.http import conditional_page, require_safe

from accounts.actors import ANONYMOUS
from contributions.activity.models import Act
from contributions.activity.selectors import around, in_repository
from hub.http.links import endpoint
from hub.http.web.pages import open_page
from hub.http.web.profiles import open_namespace_page

SHOWN = 30


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
        """Who did what, where."""
        who = item.user.username if item.user else _("somebody who left")
        return f"{who} {item.get_kind_display()}: {item.title} · {item.repository.full_name}"

    def item_description(self, item: Act) -> None:
        """The title says it all."""

    def item_link(self, item: Act) -> str:
        """The page that shows it."""
        return self.base + item.place

    def item_guid(self, item: Act) -> str:
        """What no other entry has (RFC 4151): of one thread there may be several."""
        return f"tag:{urlsplit(self.base).hostname},{item.at:%Y-%m-%d}:act/{item.event}"

    def item_author_name(self, item: Act) -> str | None:
        """Who did it."""
        return item.user.username if item.user else None

    def item_pubdate(self, item: Act) -> datetime:
        """When it was done."""
        return item.at

    item_updateddate = item_pubdate


@conditional_page
@require_safe
def of_repository(request: HttpRequest, **address: str) -> HttpResponse:
    """What happened lately in a repository that the visitor may see."""
    repository = open_page(request, address)
    acts = in_repository(repository, before=None, limit=SHOWN)
    return _feed(request, repository.full_name, repository.url_path, acts)


@conditional_page
@require_safe
def of_namespace(request: HttpRequest, namespace: str) -> HttpResponse:
    """What anybody may know of what a person did, or of what was done at an organisation's."""
    owner = open_namespace_page(namespace)
    return _feed(request, owner.name, f"/{owner.name}", around(ANONYMOUS, owner, before=None, limit=SHOWN))


def _feed(request: HttpRequest, name: str, path: str, acts: list[Act]) -> HttpResponse:
    response = Acts(name, path, acts, endpoint(request))(request)
    # A feed has its own dates; a reader asks again with the ETag.
    del response["Last-Modified"]
    patch_vary_headers(response, ("Accept-Language", "Cookie"))
    patch_cache_control(response, private=True, max_age=60)
    return response
