"""What the visitor is told, how they want to be told, and ending mails by one click."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from contributions.notifications import services, unsubscribing
from contributions.notifications.errors import NotificationNotFound
from contributions.notifications.selectors import (
    Wish,
    address_of,
    notification_of,
    notifications_of,
    wishes_of,
)
from contributions.notifications.vocabulary import Pace, Reason

PAGE = 30


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def notifications(request: HttpRequest) -> HttpResponse:
    """List what the visitor was told and has not read, or all; a POST marks one as read, or all."""
    if request.method == "POST":
        which = None if request.POST.get("do") == "all" else _number(request.POST.get("notification", ""))
        services.mark_read(user=request.user, notification_id=which)
        shown = "?show=all" if request.POST.get("show") == "all" else ""
        return redirect(reverse("notifications") + shown)
    everything = request.GET.get("show") == "all"
    found = notifications_of(request.user, unread=not everything)
    if request.GET.get("before"):
        found = found.filter(news__lt=_number(request.GET["before"]))
    rows = list(found[: PAGE + 1])
    older = rows[PAGE - 1].news if len(rows) > PAGE else None
    context = {"rows": rows[:PAGE], "everything": everything, "older": older}
    return render(request, "web/notifications.html", context)


@login_required
@never_cache
@require_safe
def follow(request: HttpRequest, notification_id: int) -> HttpResponse:
    """Lead to what a notification is about, which is read then."""
    row = notification_of(request.user, notification_id)
    if row is None:
        raise NotificationNotFound("You have no such notification.")
    services.mark_read(user=request.user, notification_id=row.pk)
    return redirect(row.place)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def settings(request: HttpRequest) -> HttpResponse:
    """Show how the visitor is told of what; a POST changes it."""
    if request.method == "POST":
        sent = request.POST
        wishes = [Wish(kind, f"web-{kind}" in sent, sent.get(f"mail-{kind}", "")) for kind in Reason]
        services.prefer(user=request.user, wishes=wishes)
        messages.success(request, _("It was saved."))
        return redirect("settings-notifications")
    wishes = wishes_of([request.user.pk])[request.user.pk]
    context = {
        "wishes": list(wishes.values()),
        "paces": Pace.choices,
        "mailed_to": address_of(request.user),
    }
    return render(request, "web/settings_notifications.html", context)


@csrf_exempt
@never_cache
@require_http_methods(["GET", "POST"])
def unsubscribe(request: HttpRequest, signed: str) -> HttpResponse:
    """Show what a mail's link ends; a POST ends it, also one from a mail program, which has no session."""
    ending = unsubscribing.read(signed)
    if request.method == "POST":
        unsubscribing.end(ending)
    return render(request, "web/unsubscribe.html", {"ending": ending, "done": request.method == "POST"})


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise NotificationNotFound("You have no such notification.")
    return int(text)
