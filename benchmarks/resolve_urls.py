"""The hub's addresses and a bare view beside them, which does nothing but redirect."""

from django.http import HttpRequest, HttpResponseRedirect
from django.urls import include, path


def constant(request: HttpRequest) -> HttpResponseRedirect:
    """Redirect to a place that never changes."""
    return HttpResponseRedirect("http://127.0.0.1:9/bucket/objects/ab/abc?X-Amz-Signature=0")


urlpatterns = [path("constant", constant), path("", include("hub.urls"))]
