"""The page on which a person lets a program log in that has shown them a code (RFC 8628)."""

from allauth.core.ratelimit import consume_or_429
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.logins import codes
from accounts.logins.errors import LoginAnswered
from accounts.logins.models import DeviceLogin
from accounts.logins.selectors import login_waiting
from accounts.logins.services import approve, deny
from hub.http.web.forms import DeviceCodeForm, DeviceForm


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def device(request: HttpRequest) -> HttpResponse:
    """Ask for the code, then show who asks; a POST approves or denies. Codes are counted: one could guess."""
    sent = request.POST if request.method == "POST" else request.GET
    if "user_code" not in sent:
        return render(request, "web/device.html", {"code_form": DeviceCodeForm()})
    if refused := consume_or_429(request, action="device_code", limit_get=True):
        return refused
    login = login_waiting(sent["user_code"])
    if login is None:
        form = DeviceCodeForm(sent)
        form.add_error("user_code", _("No program waits with this code. It may have expired."))
        return render(request, "web/device.html", {"code_form": form})
    form = DeviceForm(request.POST if "approve" in request.POST else None)
    if "deny" in request.POST or form.is_valid():
        return _answered(request, login, form)
    context = {"form": form, "login": login, "program": codes.program(login.client_id)}
    return render(request, "web/device.html", context)


def _answered(request: HttpRequest, login: DeviceLogin, form: DeviceForm) -> HttpResponse:
    try:
        if "deny" in request.POST:
            deny(login=login, user=request.user)
            messages.success(request, _("“%s” was turned away.") % login)
        else:
            approve(login=login, user=request.user, role=form.cleaned_data["role"])
            messages.success(request, _("“%s” logs in within a few seconds. You can close the page.") % login)
    except LoginAnswered as problem:
        messages.error(request, str(problem))
    return redirect("tokens")
