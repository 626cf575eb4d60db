"""A picture for every name: the one that was uploaded for it, or else one drawn from the name alone."""

import hashlib

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.cache import patch_cache_control
from django.utils.html import format_html
from django.views.decorators.http import require_safe

from accounts.names import could_be_name
from accounts.profiles.selectors import Shown, picture_of
from hub.errors import NamespaceNotFound

YEAR = 365 * 24 * 3600
# For so many seconds a browser asks no more; pages spell another address after each change.
SOON = 600
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64" width="64" height="64">'
    '<rect width="64" height="64" fill="hsl({},45%,38%)"/>'
    '<path d="M0 64L{} {}L64 64z" fill="hsl({},45%,48%)"/>'
    '<text x="32" y="43" text-anchor="middle" font-family="sans-serif" font-size="32" '
    'font-weight="600" fill="#fff">{}</text></svg>'
)


@require_safe
def avatar(request: HttpRequest, name: str) -> HttpResponse:
    """Answer with the picture of a name, in any letter case; NamespaceNotFound for what can be no name.

    The address ends in .svg whatever the picture is: the content type says it, and nothing is guessed.
    """
    known = name.removesuffix(".svg")
    if not name.endswith(".svg") or not could_be_name(known):
        raise NamespaceNotFound("There is no picture of that name.")
    shown = picture_of(known)
    etag = f'"{hashlib.sha256((shown.key if shown else known.lower()).encode()).hexdigest()[:32]}"'
    if request.headers.get("If-None-Match") == etag:
        response: HttpResponse = HttpResponseNotModified()
    else:
        response = _picture(shown, known)
    response["ETag"] = etag
    patch_cache_control(response, public=True, max_age=YEAR if request.GET and shown else SOON)
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def _picture(shown: Shown | None, name: str) -> HttpResponse:
    if shown is None:
        return HttpResponse(draw(name.lower()), content_type="image/svg+xml")
    return HttpResponse(shown.read(), content_type=shown.type)


def draw(name: str) -> str:
    """Return an SVG whose colours come from the name's hash, with its first letter."""
    digest = hashlib.sha256(name.encode()).digest()
    hue = digest[0] * 360 // 256
    return format_html(SVG, hue, digest[1] // 4, digest[2] // 8, (hue + 40) % 360, name[0].upper())
