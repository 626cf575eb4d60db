"""Where the embedded services listen and with which secrets: one file, made once, read by every process."""

import contextlib
import json
import os
import secrets
import tempfile
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

from hub.embedded import ports

FILE_NAME = "services.json"
PORT_FIELDS = (
    "postgres_port",
    "redis_port",
    "s3_port",
    "s3_grpc_port",
    "s3_master_port",
    "s3_master_grpc_port",
    "s3_volume_port",
    "s3_volume_grpc_port",
    "s3_filer_port",
    "s3_filer_grpc_port",
    "s3_admin_port",
    "s3_admin_grpc_port",
)


@dataclass(frozen=True, kw_only=True)
class Services:
    """Addresses and secrets of the three embedded services below one data directory."""

    data: Path
    secret_key: str
    postgres_port: int
    postgres_password: str
    postgres_admin_password: str
    redis_port: int
    redis_password: str
    s3_port: int
    s3_grpc_port: int
    s3_master_port: int
    s3_master_grpc_port: int
    s3_volume_port: int
    s3_volume_grpc_port: int
    s3_filer_port: int
    s3_filer_grpc_port: int
    s3_admin_port: int
    s3_admin_grpc_port: int
    s3_access_key_id: str
    s3_secret_access_key: str
    s3_internal_key: str
    s3_bucket: str = "hub"
    s3_region: str = "us-east-1"

    @property
    def database_url(self) -> str:
        """The address of the database `hub` with the role that owns it and is no superuser."""
        return f"postgresql://hub:{self.postgres_password}@{ports.LOOPBACK}:{self.postgres_port}/hub"

    @property
    def redis_url(self) -> str:
        """The address of Redis, database 0."""
        return f"redis://:{self.redis_password}@{ports.LOOPBACK}:{self.redis_port}/0"

    @property
    def s3_endpoint_url(self) -> str:
        """The address of the S3 gateway."""
        return f"http://{ports.LOOPBACK}:{self.s3_port}"

    def ports_of(self, service: str) -> list[int]:
        """Every port that `postgres`, `redis` or `s3` listens on."""
        return [getattr(self, name) for name in PORT_FIELDS if name.startswith(f"{service}_")]


def load(data: Path) -> Services:
    """Read `data/services.json`, or make it (mode 600); of processes that make it at once, one wins."""
    path = data / FILE_NAME
    if not path.exists():
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write(_generate(data), path, overwrite=False)
    return _read(path)


def move_ports(services: Services, service: str) -> Services:
    """Give one service new free ports, for when another program took the old ones."""
    names = [name for name in PORT_FIELDS if name.startswith(f"{service}_")]
    others = {getattr(services, name) for name in PORT_FIELDS}
    moved = replace(services, **dict(zip(names, ports.choose(len(names), without=others), strict=True)))
    _write(moved, services.data / FILE_NAME, overwrite=True)
    return moved


def _generate(data: Path) -> Services:
    return Services(
        data=data,
        secret_key=secrets.token_urlsafe(50),
        postgres_password=secrets.token_urlsafe(24),
        postgres_admin_password=secrets.token_urlsafe(24),
        redis_password=secrets.token_urlsafe(24),
        s3_access_key_id=secrets.token_hex(10),
        s3_secret_access_key=secrets.token_urlsafe(30),
        s3_internal_key=secrets.token_urlsafe(30),
        **dict(zip(PORT_FIELDS, ports.choose(len(PORT_FIELDS)), strict=True)),
    )


def _read(path: Path) -> Services:
    known = {field.name for field in fields(Services)} - {"data"}
    stored = json.loads(path.read_text())
    return Services(data=path.parent, **{name: value for name, value in stored.items() if name in known})


def _write(services: Services, path: Path, *, overwrite: bool) -> None:
    content = {name: value for name, value in asdict(services).items() if name != "data"}
    # mkstemp makes the file with mode 600; a link, unlike a rename, fails when the name is there already.
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{FILE_NAME}.")
    try:
        with os.fdopen(descriptor, "w") as file:
            json.dump(content, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        if overwrite:
            Path(temporary).replace(path)
        else:
            with contextlib.suppress(FileExistsError):
                os.link(temporary, path)
    finally:
        Path(temporary).unlink(missing_ok=True)
