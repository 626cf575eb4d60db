"""Who asks for a repository's files and who was let in: the pages of its admins."""

import csv
from collections.abc import Iterator
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from hub.access.policy import Action
from hub.errors import InvalidInput, NamespaceNotFound
from hub.gates.errors import AccessRequestNotFound
from hub.gates.selectors import (
    asker_named,
    counts_of,
    every_request_of,
    is_mailed,
    labels_of,
    request_of,
    requests_of,
)
from hub.gates.services import decide, grant
from hub.gates.services import decide_several as several
from hub.http.pagination import next_page, read_cursor
from hub.http.web.addresses import page_of
from hub.http.web.gate_forms import GateDecisionForm, GateDecisionsForm, GrantForm, QueueForm
from hub.http.web.pages import frame, open_page
from hub.repos.gates import AccessRequest
from hub.repos.models import Repository

PAGE = 50
COLUMNS = (
    *("request_id", "username", "full_name", "email", "status", "asked_at"),
    *("decided_at", "decided_by", "reason", "given_unasked", "terms_sha256"),
)
# What a spreadsheet would take for a formula (OWASP, CSV Injection), also in the wide signs of East Asia.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


@never_cache
@require_safe
def queue(request: HttpRequest, **address: str) -> HttpResponse:
    """Show who waits, was let in or was turned away."""
    return _page(request, open_page(request, address, Action.ADMIN))


@require_POST
def decide_one(request: HttpRequest, request_id: int, **address: str) -> HttpResponse:
    """Accept or reject one request, or set it back."""
    repository = open_page(request, address, Action.ADMIN)
    found = request_of(repository, request_id)
    form = GateDecisionForm(request.POST)
    if not form.is_valid():
        field = next(iter(form.errors))
        raise InvalidInput(str(form.errors[field][0]), field)
    said = form.cleaned_data
    # The field for a reason stands beside every button, and only one of them sends it.
    reason = said["reason"] if said["status"] == AccessRequest.Status.REJECTED else ""
    try:
        decided = decide(
            request=found, status=said["status"], actor_user=request.user, reason=reason, seen=said["seen"]
        )
    except AccessRequestNotFound as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, _done(decided))
    return redirect(f"{page_of(repository, 'settings')}/access?{urlencode({'status': said['seen']})}")


@require_POST
def decide_several(request: HttpRequest, **address: str) -> HttpResponse:
    """Accept, reject or set back every request that is ticked."""
    repository = open_page(request, address, Action.ADMIN)
    form = GateDecisionsForm(request.POST)
    if not form.is_valid():
        if "request" in form.errors:
            raise InvalidInput(_("Tick at least one request."), "request")
        field = next(iter(form.errors))
        raise InvalidInput(str(form.errors[field][0]), field)
    said = form.cleaned_data
    ticked = set(said["request"])
    done = several(
        repository=repository,
        ids=ticked,
        status=said["status"],
        actor_user=request.user,
        seen=said["seen"],
        reason=said["reason"] if said["status"] == AccessRequest.Status.REJECTED else "",
    )
    messages.success(request, _done_several(said["status"], len(done)) % len(done))
    if left := len(ticked) - len(done):
        words = ngettext(
            "%d request was decided or withdrawn meanwhile, and stays so.",
            "%d requests were decided or withdrawn meanwhile, and stay so.",
            left,
        )
        messages.error(request, words % left)
    return redirect(f"{page_of(repository, 'settings')}/access?{urlencode({'status': said['seen']})}")


@require_POST
def grant_one(request: HttpRequest, **address: str) -> HttpResponse:
    """Let in somebody who did not ask."""
    repository = open_page(request, address, Action.ADMIN)
    form = GrantForm(request.POST)
    if form.is_valid():
        try:
            user = asker_named(form.cleaned_data["user"].strip())
            granted = grant(repository=repository, user=user, actor_user=request.user)
        except (NamespaceNotFound, InvalidInput) as problem:
            form.add_error("user", str(problem))
        else:
            messages.success(request, _done(granted))
            return redirect(f"{page_of(repository, 'settings')}/access?status=accepted")
    return _page(request, repository, form, status=400)


@never_cache
@require_safe
def export(request: HttpRequest, **address: str) -> HttpResponse:
    """Send all requests with their answers as CSV, as they are read."""
    repository = open_page(request, address, Action.ADMIN)
    response = StreamingHttpResponse(_lines(repository), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{repository.name}-access.csv"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _page(
    request: HttpRequest, repository: Repository, form: GrantForm | None = None, status: int = 200
) -> HttpResponse:
    asked = QueueForm(request.GET)
    if not asked.is_valid():
        field = next(iter(asked.errors))
        raise InvalidInput(_("The address asks for an unknown value of “%s”.") % field, field)
    shown = asked.cleaned_data["status"] or AccessRequest.Status.PENDING.value
    search = asked.cleaned_data["search"].strip()
    order = f"access:{repository.pk}:{shown}"
    rows, onward = requests_of(
        repository, shown, search=search, after=read_cursor(request, order=order), limit=PAGE
    )
    counts = counts_of(repository)
    context = frame(request, repository, "settings") | {
        "rows": rows,
        "following": next_page(request, onward, order=order) if onward else None,
        "begun": "cursor" in request.GET,
        "shown": shown,
        "search": search,
        "tabs": [(value, words, getattr(counts, value)) for value, words in AccessRequest.Status.choices],
        "form": form or GrantForm(),
    }
    return render(request, "web/access.html", context, status=status)


def _done(request: AccessRequest) -> str:
    """What is said after a decision, and how who asked learns of it."""
    match request.status:
        case AccessRequest.Status.ACCEPTED:
            words = _("%s has access now.")
        case AccessRequest.Status.REJECTED:
            words = _("%s was rejected.")
        case _:
            words = _("%s has no access any more, and waits again.")
    if is_mailed(request):
        told = _("They are told by mail.")
    else:
        told = _("They get no mail: it stands on the repository's page.")
    return f"{words % request.user.username} {told}"


def _done_several(status: str, number: int) -> str:
    """What is said after several decisions; %d is of how many."""
    match status:
        case AccessRequest.Status.ACCEPTED:
            return ngettext("%d person has access now.", "%d people have access now.", number)
        case AccessRequest.Status.REJECTED:
            return ngettext("%d person was rejected.", "%d people were rejected.", number)
        case _:
            return ngettext("%d person waits again.", "%d people wait again.", number)


class _Line:
    """What csv writes to: each line as it comes."""

    def write(self, text: str) -> str:
        return text


def _lines(repository: Repository) -> Iterator[str]:
    """The table, line by line, with a column for every question that somebody was asked."""
    writer = csv.writer(_Line())
    labels = labels_of(repository)
    yield "\ufeff" + writer.writerow(map(_cell, [*COLUMNS, *labels]))
    for row in every_request_of(repository):
        answers = row.fields
        told = [*_told(row), *(answers.get(label, "") for label in labels)]
        yield writer.writerow(map(_cell, told))


def _told(row: AccessRequest) -> list[object]:
    return [
        row.pk,
        row.user.username,
        row.user.namespace.full_name,
        "" if row.by_hand else row.user.email,
        row.status,
        row.asked_at.isoformat(timespec="seconds"),
        row.decided_at.isoformat(timespec="seconds") if row.decided_at else "",
        row.decided_by.username if row.decided_by else "",
        row.reason,
        "yes" if row.by_hand else "no",
        row.terms_digest,
    ]


def _cell(value: object) -> str:
    """A value as a spreadsheet shows it and never runs it."""
    text = {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA) else text
