"""The addresses of the chunk storage (hf_xet 1.8.0)."""

from django.urls import path

from hub.http import paths
from hub.http.xet import telemetry, tokens

paths.register()

API = "api/<kind:kind>/<segment:namespace>/<segment:name>"
# Whatever the epoch: a client goes on with the address that it was given.
CAS = "cas/e<int:epoch>"

urlpatterns = [
    path(f"{API}/xet-read-token/<segment:revision>", tokens.ReadToken.as_view()),
    path(f"{API}/xet-write-token/<segment:revision>", tokens.WriteToken.as_view()),
    path("v1/telemetry", telemetry.telemetry),
]
