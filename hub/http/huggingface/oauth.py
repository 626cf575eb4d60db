"""Logging in a device, as `hf auth login` does (RFC 8628; huggingface_hub/utils/_oauth_device.py)."""

from typing import Any
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from allauth.core.ratelimit import consume
from django.http import QueryDict
from django.urls import reverse
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.logins import services
from accounts.logins.errors import InvalidRequest, OAuthError, UnsupportedGrantType
from hub.errors import InvalidInput
from hub.http.links import endpoint
from hub.http.parsers import FormParser, JsonParser

DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
REFRESH_TOKEN = "refresh_token"
# How long an address waits that has asked for too many codes, in seconds: the length of the limit's window.
RETRY = 60


class OAuthView(APIView):
    """A view that takes a form and tells errors as RFC 6749 has it; no cache may keep what it says."""

    authentication_classes = ()
    parser_classes = (FormParser, JsonParser)

    def handle_exception(self, error: Exception) -> Response:
        """The error's name and words; 400, as for all but unknown clients, which this hub does not have."""
        if isinstance(error, InvalidInput | exceptions.UnsupportedMediaType):
            error = InvalidRequest(str(error))
        if not isinstance(error, OAuthError):
            return super().handle_exception(error)
        return Response({"error": error.code, "error_description": str(error)}, status=400)

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        """Keep secrets out of caches (RFC 6749, 5.1)."""
        response["Cache-Control"] = "no-store"
        return super().finalize_response(request, response, *args, **kwargs)


class DeviceAuthorization(OAuthView):
    """`POST /oauth/device`."""

    def post(self, request: Request) -> Response:
        """A device code to ask with, and a user code that a person types into a page; 429 for too many."""
        client_id = parameter(request.data, "client_id")
        if not consume(request._request, action="device"):
            return _too_many()
        login, device_code = services.begin(
            client_id=client_id, address=get_adapter().get_client_ip(request._request)
        )
        page = endpoint(request) + reverse("device")
        return Response(
            {
                "device_code": device_code,
                "user_code": login.shown_code,
                "verification_uri": page,
                "verification_uri_complete": f"{page}?{urlencode({'user_code': login.shown_code})}",
                "expires_in": services.CODE_LIFETIME.seconds,
                "interval": services.INTERVAL.seconds,
            }
        )


class Token(OAuthView):
    """`POST /oauth/token`."""

    def post(self, request: Request) -> Response:
        """The secrets of a device that was let in, or new ones for its refresh token."""
        data = request.data
        grant_type = parameter(data, "grant_type")
        if grant_type == DEVICE_CODE:
            issued = services.collect(
                device_code=parameter(data, "device_code"), client_id=parameter(data, "client_id")
            )
        elif grant_type == REFRESH_TOKEN:
            issued = services.refresh(
                refresh_token=parameter(data, "refresh_token"), client_id=parameter(data, "client_id")
            )
        else:
            raise UnsupportedGrantType("This hub gives tokens for device codes and refresh tokens only.")
        return Response(
            {
                "access_token": issued.access_token,
                "token_type": "bearer",
                "expires_in": issued.expires_in,
                "refresh_token": issued.refresh_token,
            }
        )


def parameter(data: Any, name: str) -> str:
    """A parameter of the body; InvalidRequest when it is missing, empty, given twice, or no proper text."""
    if isinstance(data, QueryDict) and len(data.getlist(name)) > 1:
        raise InvalidRequest(f"{name} is given more than once.")
    value = data.get(name) if isinstance(data, dict) else None
    if not isinstance(value, str) or not value or "\0" in value:
        raise InvalidRequest(f"{name} is missing, or not a text.")
    return value


def _too_many() -> Response:
    response = Response(
        {"error": "slow_down", "error_description": "Too many codes were asked for from this address."},
        status=429,
    )
    response["Retry-After"] = str(RETRY)
    return response
