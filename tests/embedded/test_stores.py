import http.client
from pathlib import Path

import boto3
import psycopg
import pytest
import redis
from botocore.exceptions import ClientError
from redis.backoff import NoBackoff
from redis.retry import Retry

from hub.embedded.config import Services
from tests.services import shared_services


@pytest.fixture
def stores() -> Services:
    return shared_services()


def get(port: int, path: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    finally:
        connection.close()


def test_the_database_answers_a_role_that_is_no_superuser(stores: Services) -> None:
    with psycopg.connect(stores.database_url) as connection:
        query = (
            "SELECT rolsuper, current_setting('server_version_num')::int FROM pg_roles WHERE rolname = 'hub'"
        )
        superuser, version = connection.execute(query).fetchone()

    assert not superuser
    assert version >= 180000


def test_the_database_keeps_passwords_as_scram(stores: Services) -> None:
    admin = (
        f"postgresql://postgres:{stores.postgres_admin_password}@127.0.0.1:{stores.postgres_port}/postgres"
    )
    with psycopg.connect(admin) as connection:
        kept = connection.execute(
            "SELECT rolpassword FROM pg_authid WHERE rolpassword IS NOT NULL"
        ).fetchall()

    assert len(kept) == 2
    assert all(password.startswith("SCRAM-SHA-256$") for (password,) in kept)


@pytest.mark.parametrize("user", ["hub", "postgres"])
def test_the_database_refuses_a_wrong_password(stores: Services, user: str) -> None:
    address = f"postgresql://{user}:wrong@127.0.0.1:{stores.postgres_port}/hub"

    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(address)


@pytest.mark.parametrize("password", [None, "wrong"])
def test_redis_refuses_who_does_not_know_the_password(stores: Services, password: str | None) -> None:
    with (
        redis.Redis(port=stores.redis_port, password=password, retry=Retry(NoBackoff(), 0)) as stranger,
        pytest.raises(redis.exceptions.AuthenticationError),
    ):
        stranger.ping()


def test_s3_refuses_anonymous_listing_reading_and_writing(stores: Services, bucket: str) -> None:
    assert get(stores.s3_port, "/") == 403
    assert get(stores.s3_port, f"/{bucket}") == 403
    assert get(stores.s3_port, f"/{bucket}/anything") == 403


def test_s3_refuses_a_wrong_key(stores: Services) -> None:
    stranger = boto3.client(
        "s3",
        endpoint_url=stores.s3_endpoint_url,
        region_name=stores.s3_region,
        aws_access_key_id=stores.s3_access_key_id,
        aws_secret_access_key="wrong",
    )

    with pytest.raises(ClientError, match="SignatureDoesNotMatch"):
        stranger.list_buckets()


def test_nobody_reads_objects_past_the_gateway(stores: Services, bucket: str) -> None:
    assert get(stores.s3_filer_port, f"/buckets/{bucket}/") == 401
    assert get(stores.s3_volume_port, "/1,0000000000") == 401


def test_configuration_with_secrets_is_private(stores: Services) -> None:
    names = ("services.json", "redis/redis.conf", "s3/options", "s3/identities.json", "s3/security.toml")
    modes = {name: oct((Path(stores.data) / name).stat().st_mode & 0o777) for name in names}

    assert set(modes.values()) == {"0o600"}, modes
