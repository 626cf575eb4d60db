"""The three embedded services as programs, on ports that are free at the moment of starting."""

from pathlib import Path

from hub.embedded import config, ports
from hub.embedded.config import Services
from hub.embedded.postgres import Postgres
from hub.embedded.process import Program, wait_for
from hub.embedded.redis import Redis
from hub.embedded.s3 import ObjectStore

NAMES = ("postgres", "redis", "s3")
# A predecessor that was just killed may need this long to let go of its ports.
RELEASE_SECONDS = 5.0


def settle_ports(data: Path, names: list[str]) -> tuple[Services, list[str]]:
    """Move services whose ports somebody else took; returns the configuration and the names that moved."""
    services = config.load(data)
    moved = []
    for name in names:
        if not _free(services, name):
            services = config.move_ports(services, name)
            moved.append(name)
    return services, moved


def programs(services: Services, names: list[str], *, durable: bool = True) -> list[Program]:
    """The programs of the named services; not durable means quicker, for data that may be lost (tests)."""
    makers = {
        "s3": lambda: ObjectStore(services),
        "redis": lambda: Redis(services, durable=durable),
        "postgres": lambda: Postgres(services, durable=durable),
    }
    return [make() for name, make in makers.items() if name in names]


def _free(services: Services, name: str) -> bool:
    numbers = services.ports_of(name)
    return wait_for(lambda: all(ports.is_free(port) for port in numbers), seconds=RELEASE_SECONDS)
