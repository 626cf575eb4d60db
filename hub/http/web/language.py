"""The language that a visitor reads the pages in."""

from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.addresses import choose_language
from hub.errors import InvalidInput
from hub.http.web.visitors import visitor


@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Keep the chosen language in a cookie, and for mails to the visitor; go back to where it was chosen."""
    language = request.POST.get("language", "")
    if language not in dict(settings.LANGUAGES):
        raise InvalidInput(_("This hub does not speak that language."), "language")
    user = visitor(request).user
    if user is not None:
        choose_language(user=user, language=language)
    response = HttpResponseRedirect(_came_from(request))
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite=settings.LANGUAGE_COOKIE_SAMESITE,
    )
    return response


def _came_from(request: HttpRequest) -> str:
    """The page as the browser says it, a path here; a field with it would tell a missing page's address."""
    try:
        said = urlsplit(request.headers.get("Referer", ""))
    except ValueError:
        return "/"
    path = f"{said.path}?{said.query}" if said.query else said.path
    return path if said.path.startswith("/") and url_has_allowed_host_and_scheme(path, None) else "/"
