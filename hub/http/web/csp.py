"""The content policy of every page: nothing inline, nothing from elsewhere, no frames."""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse


def policy(s3_endpoint: str) -> str:
    """Return the policy; the browser also sends files to the object store and shows pictures from it."""
    parts = urlsplit(s3_endpoint)
    store = f"{parts.scheme}://{parts.netloc}"
    return "; ".join(
        (
            "default-src 'self'",
            f"img-src 'self' data: {store}",
            f"connect-src 'self' {store}",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


class ContentSecurityPolicy:
    """Middleware: adds the policy to each answer that has not brought a stricter one of its own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.policy = policy(settings.S3_PUBLIC_ENDPOINT_URL)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", self.policy)
        return response
