"""The S3-compatible store: links for clients, and the few calls that the server makes itself."""

from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from typing import Any, BinaryIO
from urllib.parse import quote

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.response import StreamingBody
from django.conf import settings

from storage.signing import Place, presigned

# S3 copies at most 5 GiB in one call; larger objects are copied in ranges.
COPY_LIMIT = 5 * 1024**3
COPY_PART = 512 * 1024**2
PUT_LIMIT = 5 * 1024**3
MAX_PARTS = 10_000
# What a request has to send that must not write over anything.
ONCE = {"If-None-Match": "*"}
ABSENT = {"404", "NoSuchKey", "NotFound", "NoSuchUpload", "NoSuchBucket"}


@lru_cache(maxsize=1)
def client() -> Any:
    """The client for the server's own calls; boto3 clients are safe to share between threads."""
    return boto3.client(
        "s3",
        endpoint_url=settings.S3_ENDPOINT_URL,
        aws_access_key_id=settings.S3_ACCESS_KEY_ID,
        aws_secret_access_key=settings.S3_SECRET_ACCESS_KEY,
        region_name=settings.S3_REGION,
        config=Config(
            signature_version="s3v4",
            s3={"addressing_style": "path"},
            max_pool_connections=32,
            connect_timeout=5,
            read_timeout=60,
            retries={"max_attempts": 3, "mode": "standard"},
            # Other stores than Amazon's refuse or ignore the trailing checksums of newer SDKs.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    )


def _place() -> Place:
    """Where links lead: the address under which clients reach the store."""
    return Place(
        settings.S3_PUBLIC_ENDPOINT_URL,
        settings.S3_BUCKET,
        settings.S3_REGION,
        settings.S3_ACCESS_KEY_ID,
        settings.S3_SECRET_ACCESS_KEY,
    )


def download_link(key: str, *, filename: str) -> str:
    """A link that reads one object for a few minutes, always as a download, never rendered."""
    told = {
        "response-content-type": "application/octet-stream",
        "response-content-disposition": f"attachment; filename*=UTF-8''{quote(filename, safe='')}",
    }
    return presigned(_place(), "GET", key, seconds=settings.DOWNLOAD_LINK_SECONDS, query=told)


def range_link(key: str, *, first: int, last: int, seconds: int) -> str:
    """A link that reads bytes `first` to `last` (inclusive) of an object and no others.

    The request must have the Range header `bytes={first}-{last}`, which is signed.
    """
    headers = {"range": f"bytes={first}-{last}"}
    return presigned(_place(), "GET", key, seconds=seconds, headers=headers)


def put_link(key: str, *, size: int, seconds: int | None = None, once: bool = False) -> str:
    """A link that writes exactly `size` bytes; the signed Content-Length refuses any other amount.

    With `once` the request must have the headers ONCE, and is refused while there is an object.
    """
    headers = {"content-length": str(size)} | ({name.lower(): ONCE[name] for name in ONCE} if once else {})
    return presigned(_place(), "PUT", key, seconds=seconds or settings.UPLOAD_LINK_SECONDS, headers=headers)


def part_link(key: str, *, multipart_id: str, number: int, size: int, seconds: int | None = None) -> str:
    """A link that writes part `number` (from 1) of a multipart upload, exactly `size` bytes."""
    part = {"partNumber": str(number), "uploadId": multipart_id}
    headers = {"content-length": str(size)}
    seconds = seconds or settings.UPLOAD_LINK_SECONDS
    return presigned(_place(), "PUT", key, seconds=seconds, query=part, headers=headers)


def begin_multipart(key: str) -> str:
    """Begin a multipart upload and return its id."""
    reply = client().create_multipart_upload(Bucket=settings.S3_BUCKET, Key=key)
    return reply["UploadId"]


def put_part(key: str, multipart_id: str, number: int, data: bytes) -> str:
    """Write part `number` (from 1) of a multipart upload, and return its ETag."""
    reply = client().upload_part(
        Bucket=settings.S3_BUCKET, Key=key, UploadId=multipart_id, PartNumber=number, Body=data
    )
    return reply["ETag"]


def complete_multipart(key: str, multipart_id: str, parts: list[tuple[int, str]]) -> None:
    """Assemble the parts (number, ETag); ClientError when a part is absent or its ETag is wrong."""
    client().complete_multipart_upload(
        Bucket=settings.S3_BUCKET,
        Key=key,
        UploadId=multipart_id,
        MultipartUpload={"Parts": [{"PartNumber": number, "ETag": etag} for number, etag in parts]},
    )


def abort_multipart(key: str, multipart_id: str) -> None:
    """Throw an unfinished multipart upload away; no error when it is gone already."""
    _unless_absent("abort_multipart_upload", Key=key, UploadId=multipart_id)


def uploaded_parts(key: str, multipart_id: str) -> dict[int, tuple[str, int]]:
    """The parts that have arrived: number → (ETag, size)."""
    pages = (
        client()
        .get_paginator("list_parts")
        .paginate(Bucket=settings.S3_BUCKET, Key=key, UploadId=multipart_id)
    )
    return {
        part["PartNumber"]: (part["ETag"], part["Size"]) for page in pages for part in page.get("Parts", [])
    }


def size_of(key: str) -> int | None:
    """The size of an object in bytes, or None when there is none."""
    reply = _unless_absent("head_object", Key=key)
    return None if reply is None else reply["ContentLength"]


def delete(key: str) -> None:
    """Delete an object; no error when it is gone already."""
    client().delete_object(Bucket=settings.S3_BUCKET, Key=key)


def objects_after(prefix: str, after: str, *, limit: int) -> list[tuple[str, datetime]]:
    """Up to `limit` (at most 1000) objects below a prefix whose keys come after `after`: (key, written)."""
    reply = client().list_objects_v2(
        Bucket=settings.S3_BUCKET, Prefix=prefix, StartAfter=after, MaxKeys=limit
    )
    return [(item["Key"], item["LastModified"]) for item in reply.get("Contents", [])]


def put(key: str, file: BinaryIO) -> None:
    """Write an object of at most 5 GiB from a file that can be read again from where it stands."""
    client().put_object(Bucket=settings.S3_BUCKET, Key=key, Body=file)


def writes_once(key: str) -> bool:
    """Whether the store refuses to write over an object when ONCE is sent; `key` is free before and after."""
    arguments = {"Bucket": settings.S3_BUCKET, "Key": key, "IfNoneMatch": ONCE["If-None-Match"]}
    try:
        client().put_object(Body=b"first", **arguments)
        client().put_object(Body=b"second", **arguments)
    except ClientError as problem:
        # 501 is what stores say that do not know it, 412 is what it is for.
        if problem.response["ResponseMetadata"]["HTTPStatusCode"] not in (412, 501):
            raise
        return read_range(key, 0, 6) == b"first"
    else:
        return False
    finally:
        delete(key)


def copy(source: str, target: str, *, size: int) -> None:
    """Copy an object inside the store, without moving its bytes through this process."""
    origin = {"Bucket": settings.S3_BUCKET, "Key": source}
    if size <= COPY_LIMIT:
        client().copy_object(Bucket=settings.S3_BUCKET, Key=target, CopySource=origin)
        return
    multipart_id = begin_multipart(target)
    part = max(COPY_PART, -(-size // MAX_PARTS))
    parts = []
    for number, start in enumerate(range(0, size, part), start=1):
        reply = client().upload_part_copy(
            Bucket=settings.S3_BUCKET,
            Key=target,
            UploadId=multipart_id,
            PartNumber=number,
            CopySource=origin,
            CopySourceRange=f"bytes={start}-{min(start + part, size) - 1}",
        )
        parts.append((number, reply["CopyPartResult"]["ETag"]))
    complete_multipart(target, multipart_id, parts)


def read_range(key: str, start: int, length: int) -> bytes:
    """Read `length` bytes from `start`; fewer only at the object's end."""
    return _range(key, start, length).read()


def stream(key: str, *, chunk: int = 1024 * 1024) -> Iterator[bytes]:
    """Read a whole object in pieces of `chunk` bytes, holding one at a time."""
    return _pieces(client().get_object(Bucket=settings.S3_BUCKET, Key=key)["Body"], chunk)


def stream_range(key: str, start: int, length: int, *, chunk: int = 1024 * 1024) -> Iterator[bytes]:
    """Read `length` bytes from `start` in pieces of `chunk` bytes, holding one; fewer only at the end."""
    return _pieces(_range(key, start, length), chunk)


def _range(key: str, start: int, length: int) -> StreamingBody:
    asked = f"bytes={start}-{start + length - 1}"
    return client().get_object(Bucket=settings.S3_BUCKET, Key=key, Range=asked)["Body"]


def _pieces(body: StreamingBody, chunk: int) -> Iterator[bytes]:
    try:
        yield from body.iter_chunks(chunk)
    finally:
        body.close()


def answers() -> bool:
    """Whether the bucket can be reached."""
    return _unless_absent("head_bucket") is not None


def ensure_bucket() -> None:
    """Create the bucket if it is missing, and let browsers write to and read from presigned links."""
    if not answers():
        client().create_bucket(Bucket=settings.S3_BUCKET)
    client().put_bucket_cors(
        Bucket=settings.S3_BUCKET,
        CORSConfiguration={
            "CORSRules": [
                {
                    "AllowedMethods": ["GET", "HEAD", "PUT"],
                    "AllowedOrigins": [settings.HUB_URL or "*"],
                    "AllowedHeaders": ["*"],
                    "ExposeHeaders": ["ETag", "Content-Range", "Content-Length"],
                    "MaxAgeSeconds": 3600,
                }
            ]
        },
    )


def _unless_absent(operation: str, **params: Any) -> Any:
    """Make a call; None when what it names does not exist."""
    try:
        return getattr(client(), operation)(Bucket=settings.S3_BUCKET, **params)
    except ClientError as problem:
        if problem.response["Error"]["Code"] in ABSENT:
            return None
        raise
