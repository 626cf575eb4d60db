"""Files of appeals: added by whoever appealed, and saved by the desk and those whom the case concerns."""

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from contributions.moderation.appeal_files import add_file, content_of, file_for
from contributions.moderation.errors import CaseChanged
from contributions.moderation.selectors import appeal_of, case_by_id
from hub.errors import Forbidden, InvalidInput, RepoNotFound
from hub.http.content import Answer, saved_response
from hub.http.web.moderation_forms import AppealFileForm


@login_required
@require_POST
def add(request: HttpRequest, case_id: int, appeal_id: int) -> HttpResponse:
    """Add a file to one's appeal. To others the appeal does not exist."""
    found = case_by_id(case_id)
    appeal = appeal_of(found, appeal_id) if found else None
    if appeal is None or appeal.author_id != request.user.pk:
        raise _missing()
    form = AppealFileForm(request.POST, request.FILES)
    if not form.is_valid():
        messages.error(request, str(form.errors["file"][0]))
        return redirect("case-statement", case_id)
    file = form.cleaned_data["file"]
    try:
        add_file(appeal=appeal, author=request.user, name=file.name, file=file, size=file.size)
    except (CaseChanged, Forbidden, InvalidInput) as problem:
        messages.error(request, str(problem))
    else:
        messages.success(request, _("The file was added to your appeal."))
    return redirect("case-statement", case_id)


@login_required
@require_safe
def serve(request: HttpRequest, case_id: int, file_id: uuid.UUID) -> Answer:
    """The bytes, to be saved: nothing of them can run here, and nobody else learns that they are there."""
    case = case_by_id(case_id)
    found = file_for(request.user, case, file_id) if case else None
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


def _missing() -> RepoNotFound:
    return RepoNotFound(_("There is no such file."))
