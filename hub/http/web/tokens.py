"""Access tokens: shown once, listed by their last four characters, revoked at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.errors import AccountError
from accounts.grants import Grant, Scope
from accounts.models import AccessToken, User
from accounts.roles import Everywhere, Role
from accounts.selectors import scope_of, token_of, tokens_of
from accounts.services import create_token, revoke_token
from hub.access.grants import Place, places_of
from hub.errors import RepoNotFound
from hub.http.web.token_forms import TokenForm


@dataclass(frozen=True)
class Row:
    """A token in the list, with its grants in words; `lost` counts those whose place is out of sight."""

    token: AccessToken
    ended: bool
    granted: list[tuple[Role, Place]]
    lost: int
    everywhere: list[str]


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def tokens(request: HttpRequest) -> HttpResponse:
    """List the visitor's tokens; a POST makes one, whose secret is in its answer and nowhere else."""
    plaintext = None
    if "more" in request.POST:
        sent = request.POST.dict() | {"everywhere": request.POST.getlist("everywhere")}
        form = TokenForm(request.user, initial=sent)
    else:
        form = TokenForm(request.user, request.POST or None)
        if request.method == "POST" and form.is_valid():
            plaintext = _created(request.user, form)
    if plaintext:
        form = TokenForm(request.user)
    context = {"form": form, "rows": rows_for(request.user), "plaintext": plaintext}
    return render(request, "web/tokens.html", context)


@login_required
@require_POST
def revoke(request: HttpRequest, token_id: int) -> HttpResponse:
    """End one of the visitor's own tokens."""
    token = token_of(request.user, token_id)
    if token is None:
        raise RepoNotFound(_("You have no such token."))
    revoke_token(token=token, actor=request.user)
    messages.success(request, _("The token “%s” no longer works.") % token.name)
    return redirect("tokens")


def rows_for(user: User) -> list[Row]:
    """The user's tokens; three queries, however many there are."""
    found = [(token, scope_of(token)) for token in tokens_of(user)]
    places = places_of(user, {grant for _token, scope in found if scope for grant in scope.grants})
    now = timezone.now()
    return [_row(token, scope, places, now) for token, scope in found]


def _row(token: AccessToken, scope: Scope | None, places: Mapping[Grant, Place], now: datetime) -> Row:
    grants = scope.grants if scope else frozenset()
    granted = [(Role(grant.permission), places[grant]) for grant in grants if grant in places]
    return Row(
        token=token,
        ended=token.expires_at is not None and token.expires_at <= now,
        granted=sorted(granted, key=lambda each: (each[1].type not in ("user", "org"), each[1].name)),
        lost=len(grants) - len(granted),
        everywhere=[Everywhere(word).label for word in token.everywhere],
    )


def _created(user: User, form: TokenForm) -> str | None:
    """The new token's secret; None when the accounts refuse it, which the form then says."""
    try:
        return create_token(user=user, **form.fields_for_create)[1]
    except AccountError as problem:
        form.add_error(problem.field if problem.field in form.fields else None, str(problem))
        return None
