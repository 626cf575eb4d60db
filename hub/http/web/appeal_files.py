"""Files of appeals: added by whoever appealed, and saved by the desk and those whom the case concerns."""

import uuid
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from contributions.moderation.appeal_files import add_file, content_of, file_for
from contributions.moderation.errors import CaseChanged
from contributions.moderation.selectors import appeal_of, case_by_id
from hub.errors import Forbidden, InvalidInput, RepoNotFound
from hub.http.content import Answer, saved_response
from hub.http.web.moderation_forms import AppealFileForm
from hub.http.web.statements import reader_of


@never_cache
@require_POST
def add(request: HttpRequest, case_id: int, appeal_id: int) -> HttpResponse:
    """Add a file to one's appeal, also by the link for somebody suspended. To others it does not exist."""
    found = case_by_id(case_id)
    reader = reader_of(request, found)
    if reader is None:
        return redirect_to_login(reverse("case-statement", args=[case_id]))
    appeal = appeal_of(found, appeal_id) if found else None
    if appeal is None or appeal.author_id != reader.pk:
        raise _missing()
    form = AppealFileForm(request.POST, request.FILES)
    if not form.is_valid():
        messages.error(request, str(form.errors["file"][0]))
        return _back(request, case_id)
    file = form.cleaned_data["file"]
    try:
        add_file(appeal=appeal, author=reader, name=file.name, file=file, size=file.size)
    except (CaseChanged, Forbidden, InvalidInput) as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, _("The file was added to your appeal."))
    return _back(request, case_id)


@require_safe
def serve(request: HttpRequest, case_id: int, file_id: uuid.UUID) -> Answer:
    """The bytes, to be saved: nothing of them can run here, and nobody else learns that they are there."""
    case = case_by_id(case_id)
    reader = reader_of(request, case)
    if reader is None:
        return redirect_to_login(request.get_full_path())
    found = file_for(reader, case, file_id) if case else None
    if found is None:
        raise _missing()
    response = saved_response(
        request,
        lambda first, last: content_of(found, first, last),
        size=found.size,
        sha256=found.sha256,
        name=found.name,
    )
    response["Cache-Control"] = "private, no-store"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


def _back(request: HttpRequest, case_id: int) -> HttpResponse:
    """To the statement, with the link's key if somebody came by one."""
    key = request.GET.get("key", "")
    page = reverse("case-statement", args=[case_id])
    return redirect(f"{page}?{urlencode({'key': key})}" if key else page)


def _missing() -> RepoNotFound:
    return RepoNotFound(_("There is no such file."))
