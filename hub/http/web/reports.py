"""Telling the moderators about a repository; anybody who can see it may."""

from allauth.core.ratelimit import consume_or_429
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from contributions.moderation.services import file_report
from hub.errors import InvalidInput
from hub.http.web.addresses import page_of
from hub.http.web.forms import ReportForm
from hub.http.web.pages import frame, open_page
from hub.http.web.visitors import visitor


@require_http_methods(["GET", "POST"])
def report(request: HttpRequest, **address: str) -> HttpResponse:
    """Show the form; a POST files the report."""
    repository = open_page(request, address)
    if request.method == "POST" and (refused := consume_or_429(request, action="report")):
        return refused
    form = ReportForm(request.POST or None, initial={"path": request.GET.get("path", "")})
    if request.method == "POST" and form.is_valid():
        try:
            file_report(repository=repository, reporter=visitor(request).user, **form.cleaned_data)
        except InvalidInput as problem:
            form.add_error(problem.field, str(problem))
        else:
            messages.success(request, _("Thank you. A moderator will look at it."))
            return redirect(page_of(repository))
    return render(request, "web/report.html", frame(request, repository, "report") | {"form": form})
