"""Links signed here are those that the SDK signs, for every odd name."""

from datetime import UTC, datetime
from urllib.parse import parse_qsl, quote, urlsplit

import boto3
import pytest
from botocore.config import Config

from storage.signing import Place, presigned

KEYS = ["objects/ab/abc-1", "a b/ü~é.bin", "x+y=z&%2F?#.bin", "日本/'(!)*'.txt", "a//b", "emoji-🤗"]
ENDPOINTS = [
    "http://127.0.0.1:8333",
    "https://s3.example.org",
    "http://Store.Example.org:80",
    "https://h:8443/s3",
]


def sdk(place: Place):
    """boto3's client, configured as the hub's own."""
    return boto3.client(
        "s3",
        endpoint_url=place.endpoint,
        aws_access_key_id=place.access_key_id,
        aws_secret_access_key=place.secret_access_key,
        region_name=place.region,
        config=Config(
            signature_version="s3v4",
            s3={"addressing_style": "path"},
            request_checksum_calculation="when_required",
        ),
    )


def same(theirs: str, place: Place, method: str, key: str, **rest) -> None:
    """Sign at the moment of their link, and compare everything that a store reads."""
    query = dict(parse_qsl(urlsplit(theirs).query, strict_parsing=True))
    at = datetime.strptime(query["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    ours = presigned(place, method, key, seconds=300, at=at, **rest)
    assert urlsplit(ours)[:3] == urlsplit(theirs)[:3]
    assert dict(parse_qsl(urlsplit(ours).query, strict_parsing=True)) == query


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_links_are_those_of_the_sdk(endpoint):
    place = Place(endpoint, "my-bucket", "eu-west-3", "KEY", "se/cr+et=")
    client = sdk(place)
    for key in KEYS:
        name = f"attachment; filename*=UTF-8''{quote(key, safe='')}"
        told = {"response-content-type": 'a/b; c="d"', "response-content-disposition": name}
        get = {"ResponseContentType": told["response-content-type"], "ResponseContentDisposition": name}
        whose = {"Bucket": place.bucket, "Key": key}
        read = client.generate_presigned_url("get_object", Params=whose | get, ExpiresIn=300)
        same(read, place, "GET", key, query=told)
        write = client.generate_presigned_url(
            "put_object", Params=whose | {"ContentLength": 5}, ExpiresIn=300
        )
        same(write, place, "PUT", key, headers={"content-length": "5"})
        some = client.generate_presigned_url(
            "get_object", Params=whose | {"Range": "bytes=3-9"}, ExpiresIn=300
        )
        same(some, place, "GET", key, headers={"range": "bytes=3-9"})
        part = {"UploadId": "a+/=b", "PartNumber": 7, "ContentLength": 9}
        write = client.generate_presigned_url("upload_part", Params=whose | part, ExpiresIn=300)
        query = {"partNumber": "7", "uploadId": "a+/=b"}
        same(write, place, "PUT", key, query=query, headers={"content-length": "9"})
