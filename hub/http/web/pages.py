"""What every page of a repository begins with: the repository opened, and the frame around the page."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_safe

from contributions.notifications.selectors import level_of
from contributions.notifications.vocabulary import Level
from hub.access.policy import Action
from hub.access.services import open_repo, permissions
from hub.gates.selectors import is_mailed, request_by
from hub.http.web.visitors import visitor
from hub.likes.selectors import is_liked
from hub.repos.gate_forms import GateForm, read_gate_form
from hub.repos.gates import AccessRequest, status_of
from hub.repos.models import Repository

Address = dict[str, str]


def open_page(request: HttpRequest, address: Address, action: Action = Action.READ) -> Repository:
    """Return the repository at an address (kind, namespace, name), if the visitor may do `action` with it."""
    return open_repo(visitor(request), **address, action=action)


def frame(request: HttpRequest, repository: Repository, tab: str) -> dict[str, Any]:
    """Return what the head and the tabs of a repository's pages show; at most five queries."""
    actions = permissions(visitor(request), repository)
    asked = _asked(request, repository)
    return {
        "repo": repository,
        "kind": repository.kind,
        "tab": tab,
        "liked": is_liked(visitor(request), repository),
        "may_like": Action.LIKE in actions,
        "may_pull": Action.PULL in actions,
        "may_contribute": Action.CONTRIBUTE in actions,
        "may_bring": Action.BRING in actions,
        "may_write": Action.WRITE in actions,
        "may_admin": Action.ADMIN in actions,
        "gate": read_gate_form(repository.card) if repository.gated else GateForm(),
        "asked": asked,
        "told_by_mail": asked is not None and asked.status == asked.Status.PENDING and is_mailed(asked),
        "watched": level_of(visitor(request).user, repository=repository),
        "levels": Level.choices,
    }


def _asked(request: HttpRequest, repository: Repository) -> AccessRequest | None:
    """What the visitor asked for at the repository's gate, or was given; no query for who did not."""
    user = visitor(request).user
    if user is None or not repository.gated or repository.private or status_of(user.pk, repository) is None:
        return None
    return request_by(repository, user)


def page_number(request: HttpRequest, name: str = "page") -> int:
    """Which page of a list is asked for, from 1."""
    asked = request.GET.get(name, "")
    return max(1, int(asked)) if asked.isdecimal() and len(asked) < 6 else 1


@require_safe
def without_slash(request: HttpRequest, **address: str) -> HttpResponse:
    """Lead from an address with a slash at its end to the page that has none."""
    path, mark, query = request.META["RAW_URI"].partition("?")
    # A second slash at the beginning would be another site.
    return HttpResponseRedirect("/" + path.strip("/") + mark + query)
