"""The visitor's webhooks: made, changed, tried, and what became of each delivery."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from hub.errors import InvalidInput
from hub.http.web.webhook_forms import WebhookForm, initial_of
from hub.webhooks import log, selectors, services
from hub.webhooks.entries import entries_of, request_of
from hub.webhooks.models import Webhook


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def webhooks(request: HttpRequest) -> HttpResponse:
    """List the visitor's webhooks; a POST makes one."""
    form = WebhookForm(request.POST or None)
    made = _saved(form, lambda **fields: services.create_webhook(user=request.user, **fields))
    if made is not None:
        messages.success(request, _("The webhook is made. Send a test to see whether it arrives."))
        return redirect("webhook", made.key)
    rows = list(selectors.webhooks_of(request.user))
    return render(request, "web/webhooks.html", {"form": form, "rows": rows})


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def webhook(request: HttpRequest, webhook: str) -> HttpResponse:
    """One webhook with its log; a POST changes it."""
    found = selectors.find_webhook(request.user, webhook)
    form = WebhookForm(request.POST or None, initial=initial_of(found))
    changed = _saved(form, lambda **fields: services.update_webhook(webhook=found, **fields))
    if changed is not None:
        messages.success(request, _("Saved."))
        return redirect("webhook", changed.key)
    rows = entries_of(found, limit=log.KEPT)
    wanted = request.GET.get("delivery", "")
    shown = next((row for row in rows if str(row.delivery.key) == wanted), None)
    context = {
        "form": form,
        "webhook": found,
        "rows": rows,
        "shown": shown,
        "sent": request_of(shown.delivery) if shown else None,
    }
    return render(request, "web/webhook.html", context)


@login_required
@require_POST
def act(request: HttpRequest, webhook: str) -> HttpResponse:
    """Send a test or something once more, let a webhook rest or go on, or delete it."""
    found = selectors.find_webhook(request.user, webhook)
    match request.POST.get("act", ""):
        case "ping":
            log.ping(webhook=found)
            messages.success(request, _("A test is on its way. Load this page again in a moment."))
        case "redeliver":
            log.redeliver(webhook=found, key=request.POST.get("delivery", ""))
            messages.success(request, _("It is sent once more. Load this page again in a moment."))
        case "enable" | "disable" as wish:
            services.set_disabled(webhook=found, value=wish == "disable")
        case "delete":
            services.delete_webhook(webhook=found)
            messages.success(request, _("The webhook is deleted."))
            return redirect("webhooks")
        case _unknown:
            raise InvalidInput(_("There is no such button."), "act")
    return redirect("webhook", found.key)


def _saved(form: WebhookForm, save: Callable[..., Webhook]) -> Webhook | None:
    """The webhook, if the form was sent and the service takes it; else the form says why not."""
    if not form.is_bound or not form.is_valid():
        return None
    try:
        fields: dict[str, Any] = form.fields_for_service
        return save(**fields)
    except InvalidInput as problem:
        form.add_error(problem.field if problem.field in form.fields else None, str(problem))
        return None
