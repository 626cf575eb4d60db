"""The browsers in which the visitor is logged in, and ending what is not wanted."""

import re

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.sessions.selectors import sessions_of
from accounts.sessions.services import end_other_sessions, end_session
from hub.errors import RepoNotFound

# The first that a browser names itself by; most name others as well.
BROWSERS = (
    *(("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox")),
    *(("Chrome", "Chrome"), ("Safari", "Safari")),
)
SYSTEMS = (
    *(("Android", "Android"), ("iPhone", "iOS"), ("iPad", "iPadOS")),
    *(("Windows", "Windows"), ("Mac OS", "macOS"), ("Linux", "Linux")),
)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def sessions(request: HttpRequest) -> HttpResponse:
    """List the visitor's sessions; a POST ends one, or with the button “others” all but this one."""
    current = request.session.session_key
    if request.method == "POST":
        _end(request, current)
        return redirect("sessions")
    rows = [
        {"session": one, "browser": browser_of(one.user_agent), "current": one.session_key == current}
        for one in sessions_of(request.user)
    ]
    return render(request, "web/settings_sessions.html", {"rows": rows})


def _end(request: HttpRequest, current: str) -> None:
    if "others" in request.POST:
        number = end_other_sessions(user=request.user, current=current)
        words = ngettext("%s other session was ended.", "%s other sessions were ended.", number) % number
        messages.success(request, words)
        return
    sent = request.POST.get("session", "")
    if not re.fullmatch(r"[0-9]{1,18}", sent) or not end_session(user=request.user, session_id=int(sent)):
        raise RepoNotFound(_("You have no such session."))
    messages.success(request, _("The session was ended."))


def browser_of(user_agent: str) -> str:
    """What a person calls the browser that sends this, such as “Firefox on Linux”."""
    browser = next((name for mark, name in BROWSERS if f"{mark}/" in user_agent), "")
    system = next((name for mark, name in SYSTEMS if mark in user_agent), "")
    if browser and system:
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return browser or system or user_agent[:40] or _("Unknown")
