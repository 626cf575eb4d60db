"""The addresses of the API's description."""

from django.urls import path

from hub.http.schema.views import reference, schema

urlpatterns = [
    path("api/schema", schema, name="schema"),
    path("api", reference, name="reference"),
]
