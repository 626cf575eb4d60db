"""Logging in by an OpenID Connect provider that the hub's settings name."""

from allauth.socialaccount.providers.openid_connect import views
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe
from requests.exceptions import RequestException

from hub.http.web.errors import error_page


@require_http_methods(["GET", "POST"])
def login(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Lead to the provider, by a page: a form may send nobody to another site (the content policy)."""
    try:
        response = views.login(request, provider_id)
    except RequestException:
        return error_page(request, 502, _("The other site does not answer. Try again later."))
    if response.status_code == 302 and request.method == "POST":
        return render(request, "web/sign_on_leave.html", {"leads_to": response["Location"]})
    return response


@require_safe
def callback(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Take what the provider says of somebody who comes back."""
    return views.callback(request, provider_id)
