"""The log of all acts, for leads and auditors: some rows, whether it is what it was, and all as a file."""

import json

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.ledger import looking
from accounts.ledger.selectors import export as lines_of_log
from accounts.ledger.services import note_export
from hub.errors import RepoNotFound
from hub.http.web.moderation import desk_only

# Of what one act keeps beside its subject.
TEXT_SHOWN = 1_000


@desk_only
@require_safe
def log(request: HttpRequest) -> HttpResponse:
    """Show some rows, each compared with the chain, and what the last verification of the whole log found."""
    _check(request)
    asked = request.GET.get("before", "")
    before = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 19 else None
    found = looking.part(before=before)
    context = {
        "rows": [(row, _text(row)) for row in found.rows],
        "older": found.older,
        "newest": before is None,
        "problems": [row.problem for row in found.rows if row.problem],
        "waiting": looking.waiting(),
        "verified": looking.last_verification(),
    }
    return render(request, "web/moderation_audit.html", context)


@desk_only
@require_safe
def export(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """Send the sealed log as lines of JSON, as it is read; that somebody saved it is on the record."""
    _check(request)
    lines = ()
    if request.method == "GET":
        note_export(actor=request.user)
        lines = (f"{line}\n" for line in lines_of_log())
    response = StreamingHttpResponse(lines, content_type="application/x-ndjson; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="audit-log.jsonl"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _check(request: HttpRequest) -> None:
    if not request.user.reads_log:
        raise RepoNotFound(_("There is no such page."))


def _text(row: looking.Row) -> str:
    """What an act keeps beside its subject, as JSON that may be cut."""
    text = json.dumps(row.event.data, ensure_ascii=False) if row.event and row.event.data else ""
    return text if len(text) <= TEXT_SHOWN else text[:TEXT_SHOWN] + "…"
