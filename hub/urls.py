"""Every door, by address; the dialects' own tables are beside their views."""

from django.urls import include, path, re_path

from hub.http import paths
from hub.http.health import healthz
from hub.http.huggingface.missing import NotServed
from hub.http.transparency import Transparency

paths.register()

handler400 = "hub.http.failures.bad_request"
handler500 = "hub.http.failures.server_error"

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("", include("hub.http.schema.urls")),
    path("transparency.json", Transparency.as_view()),
    path("", include("hub.http.xet.urls")),
    path("", include("hub.http.huggingface.urls")),
    path("", include("hub.http.web.urls")),
    # Files of an id without an owner; after the pages, because a repository may be called resolve.
    re_path(r"^[^/]+/resolve/", NotServed.as_view()),
]
