"""The description itself, and a page to read and try it."""

import json
from functools import cache
from hashlib import sha256

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer

from hub.http.links import endpoint


@require_safe
def schema(request: HttpRequest) -> HttpResponse:
    """The API in OpenAPI 3.1 as JSON, for the host that was asked."""
    body = json.dumps(description() | {"servers": [{"url": endpoint(request)}]}).encode()
    etag = f'"{sha256(body).hexdigest()[:32]}"'
    if request.headers.get("If-None-Match") == etag:
        response = HttpResponse(status=304)
    else:
        response = HttpResponse(body, content_type="application/vnd.oai.openapi+json")
    response["ETag"] = etag
    return response


@ensure_csrf_cookie
@require_safe
def reference(request: HttpRequest) -> HttpResponse:
    """The page: every call with its parameters, and a form to send it from."""
    return render(request, "web/reference.html")


@cache
def description() -> dict:
    """The description, made once in a process: it says the same to everybody."""
    generated = SchemaGenerator().get_schema(request=None, public=True)
    return json.loads(OpenApiJsonRenderer().render(generated))
