"""What is answered when no view could: in JSON to programs, as a page to people, with nothing from inside."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views import defaults

PROGRAMS = ("/api/", "/oauth/", "/lfs/", "/cas/", "/v1/")


def server_error(request: HttpRequest) -> HttpResponse:
    """500, with the id under which the log has the reason."""
    if not _by_program(request):
        return defaults.server_error(request)
    words = f"Something went wrong in the hub. Its log has the reason under {request.request_id}."
    return _told(words, "InternalError", 500)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400 for a request that Django refuses, such as one for a host that is not this hub."""
    if not _by_program(request):
        return defaults.bad_request(request, exception)
    return _told("The request is not valid.", "BadRequest", 400)


def _by_program(request: HttpRequest) -> bool:
    path = request.path_info
    return path.startswith(PROGRAMS) or ".git/" in path or "/resolve/" in path


def _told(words: str, code: str, status: int) -> JsonResponse:
    return JsonResponse(
        {"error": words}, status=status, headers={"X-Error-Code": code, "X-Error-Message": words}
    )
