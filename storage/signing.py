"""Presigned links of S3, made without a call (pure).

Source: "Authenticating Requests: Using Query Parameters (AWS Signature Version 4)" in the Amazon S3 API
reference. The SDK makes the same links, in some ten times the time, and a pull makes one for each file.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from urllib.parse import quote, urlsplit

ALGORITHM = "AWS4-HMAC-SHA256"
DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Place:
    """A bucket at the address under which clients reach it, and the key pair that signs for it."""

    endpoint: str
    bucket: str
    region: str
    access_key_id: str
    secret_access_key: str


def presigned(
    place: Place,
    method: str,
    key: str,
    *,
    seconds: int,
    query: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    at: datetime | None = None,
) -> str:
    """A link to one object that works for `seconds` from `at` (now).

    It works only for a request with exactly these `headers` (by name in lower case): a signed Content-Length
    refuses a body of any other size, a signed Range reads no other bytes.
    """
    moment = (at or datetime.now(UTC)).strftime("%Y%m%dT%H%M%SZ")
    scope = f"{moment[:8]}/{place.region}/s3/aws4_request"
    base, path, host = _address(place.endpoint, place.bucket)
    path += quote(key, safe="/~")
    told = sorted({"host": host, **(headers or {})}.items())
    signed = "".join(f"{name}:{value}\n" for name, value in told)
    names = ";".join(name for name, _ in told)
    parameters = {
        "X-Amz-Algorithm": ALGORITHM,
        "X-Amz-Credential": f"{place.access_key_id}/{scope}",
        "X-Amz-Date": moment,
        "X-Amz-Expires": str(seconds),
        "X-Amz-SignedHeaders": names,
        **(query or {}),
    }
    asked = "&".join(f"{_escaped(name)}={_escaped(parameters[name])}" for name in sorted(parameters))
    request = f"{method}\n{path}\n{asked}\n{signed}\n{names}\nUNSIGNED-PAYLOAD"
    text = f"{ALGORITHM}\n{moment}\n{scope}\n{sha256(request.encode()).hexdigest()}"
    signature = _hmac(_signing_key(place.secret_access_key, moment[:8], place.region), text).hex()
    return f"{base}{path}?{asked}&X-Amz-Signature={signature}"


@lru_cache(maxsize=1024)
def _escaped(text: str) -> str:
    """A name or value of the query; nearly all of them are those of the link before."""
    return quote(text, safe="~")


@lru_cache(maxsize=8)
def _address(endpoint: str, bucket: str) -> tuple[str, str, str]:
    """Scheme and host of the link, the bucket's path with a slash at its end, and the host that is signed."""
    parts = urlsplit(endpoint)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
    if parts.port not in (None, DEFAULT_PORTS.get(parts.scheme)):
        host += f":{parts.port}"
    return f"{parts.scheme}://{parts.netloc}", f"{parts.path.rstrip('/')}/{quote(bucket, safe='~')}/", host


@lru_cache(maxsize=8)
def _signing_key(secret: str, day: str, region: str) -> bytes:
    key = _hmac(f"AWS4{secret}".encode(), day)
    for part in (region, "s3", "aws4_request"):
        key = _hmac(key, part)
    return key


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")
