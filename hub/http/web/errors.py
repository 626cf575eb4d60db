"""The one place where a domain's error becomes a page, or an answer to a script of a page."""

from collections.abc import Callable
from functools import wraps

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from accounts.errors import AccountError, NotAMember, NotAnAdmin, NotYourToken
from contributions.discussions.errors import AlreadySo, ThreadNotFound, TooOften
from contributions.notifications.errors import NoSuchLink, NotificationNotFound
from contributions.pulls.errors import Blocked, NoPullRequest
from hub import errors
from hub.gates.errors import AccessRequestNotFound, AlreadyDecided
from hub.http.links import moved_path
from hub.revisions.merging import Conflicting
from hub.webhooks.errors import WebhookNotFound
from storage.errors import StorageError, UploadIncomplete, UploadUnknown

View = Callable[..., HttpResponse]

# First match wins, so a class stands before its base.
STATUS: tuple[tuple[type[Exception], int], ...] = (
    (errors.RepoNotFound, 404),
    (errors.NamespaceNotFound, 404),
    (errors.CollectionNotFound, 404),
    (errors.RevisionNotFound, 404),
    (errors.EntryNotFound, 404),
    (errors.ReleaseNotFound, 404),
    (AlreadyDecided, 409),
    (AccessRequestNotFound, 404),
    (WebhookNotFound, 404),
    (ThreadNotFound, 404),
    (NoPullRequest, 404),
    (NoSuchLink, 404),
    (NotificationNotFound, 404),
    (errors.Forbidden, 403),
    (errors.GatedRepo, 403),
    (errors.BlobWithheld, 403),
    (errors.BlobBeingChecked, 409),
    (errors.RepositoryExists, 409),
    (errors.RefExists, 409),
    (errors.RefReleased, 409),
    (errors.ReleaseExists, 409),
    (AlreadySo, 409),
    (Blocked, 409),
    (Conflicting, 409),
    (TooOften, 429),
    (errors.StaleRef, 412),
    (errors.TooMuch, 413),
    (errors.HubError, 400),
    (NotAnAdmin, 403),
    (NotYourToken, 403),
    (NotAMember, 404),
    (AccountError, 400),
    (UploadUnknown, 404),
    (UploadIncomplete, 409),
    (StorageError, 400),
)
EXPECTED = (errors.HubError, AccountError, StorageError)


def status_of(problem: Exception) -> int:
    """Return the status for an expected error."""
    return next(status for kind, status in STATUS if isinstance(problem, kind))


def words_of(problem: Exception) -> str:
    """What the pages say of an expected error; programs are told the error's own sentence."""
    if isinstance(problem, errors.RepositoryExists):
        return _("There is one called “%s” already. Choose another name.") % problem.full_name
    if isinstance(problem, errors.RefExists):
        (_refs, what, name), there = problem.ref.split("/", 2), problem.there.split("/", 2)[2]
        if there != name:
            words = _("“%(there)s” is there, and nothing can be called “%(name)s” beside it.")
            return words % {"there": there, "name": name}
        if what == "tags":
            return _("There is a tag called “%s” already.") % name
        return _("There is a branch called “%s” already.") % name
    return str(problem)


def as_page(view: View) -> View:
    """Show what goes wrong in a view as a page; somebody who must log in first is sent there and back."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except errors.AuthenticationRequired:
            return redirect_to_login(request.get_full_path())
        except errors.RepositoryMoved as problem:
            return HttpResponseRedirect(moved_path(request, problem, kwargs))
        except EXPECTED as problem:
            return error_page(request, status_of(problem), words_of(problem))

    return wrapped


def as_json(view: View) -> View:
    """Answer a page's script with `{"error": words, "field": name}` when a view goes wrong."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except errors.AuthenticationRequired as problem:
            return _answer(problem, 401)
        except EXPECTED as problem:
            return _answer(problem, status_of(problem))

    return wrapped


def error_page(request: HttpRequest, status: int, message: str = "") -> HttpResponse:
    """Return the page of a status, with what a person can do next; a 404 never says why."""
    shown = "" if status == 404 else message
    template = f"{status}.html" if status in (403, 404) else "web/error.html"
    return render(request, template, {"status": status, "message": shown}, status=status)


def _answer(problem: Exception, status: int) -> JsonResponse:
    return JsonResponse({"error": words_of(problem), "field": getattr(problem, "field", "")}, status=status)
