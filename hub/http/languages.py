"""Which language an answer is in: the visitor's on pages, English to programs."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers

from hub.http.throttling import for_programs


class Languages:
    """Speak the language that a visitor chose (a cookie) or that their browser asks for, else English.

    Programs are always told in English, whatever they accept: clients know some errors by their words, people
    search for what the log of a build says, and a script with a browser's headers should not get others.
    """

    def __init__(self, respond: Callable[[HttpRequest], HttpResponse]) -> None:
        self.respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if for_programs(request.path_info):
            with translation.override(settings.LANGUAGE_CODE):
                return self.respond(request)
        with translation.override(translation.get_language_from_request(request)):
            response = self.respond(request)
            if response.headers.get("Content-Type", "").startswith("text/html"):
                patch_vary_headers(response, ("Accept-Language", "Cookie"))
                response.headers.setdefault("Content-Language", translation.get_language())
            return response
