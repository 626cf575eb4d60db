"""Access tokens: shown once, listed by their last four characters, revoked at once."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.selectors import token_of, tokens_of
from accounts.services import create_token, revoke_token
from hub.errors import RepoNotFound
from hub.http.web.forms import TokenForm


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def tokens(request: HttpRequest) -> HttpResponse:
    """List the visitor's tokens; a POST makes one, whose secret is in its answer and nowhere else."""
    form = TokenForm(request.POST or None)
    plaintext = None
    if request.method == "POST" and form.is_valid():
        _token, plaintext = create_token(user=request.user, **form.cleaned_data)
        form = TokenForm()
    context = {"form": form, "tokens": tokens_of(request.user), "plaintext": plaintext}
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
