"""Where hf_xet reports how a transfer went: at the root of the origin, whatever the storage's address is."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST


@csrf_exempt
@require_POST
def telemetry(request: HttpRequest) -> HttpResponse:
    """Taken and forgotten, unread: nobody's transfers are watched here."""
    return HttpResponse(status=204)
