"""nginx as the gateway, filled in from the same templates as its container."""

import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from config.local.ports import HOST
from config.local.programs import Program

TEMPLATES = Path(__file__).resolve().parents[2] / "gateway"
_VARIABLE = re.compile(r"\$\{([A-Z_]+)\}")


@dataclass(frozen=True, kw_only=True)
class Nginx(Program):
    """A program that is no Python."""

    executable: str

    @property
    def command(self) -> tuple[str, ...]:
        return (self.executable, *self.arguments)


def find_nginx() -> str | None:
    """The nginx of this machine; Debian's lies where the path of plain users does not lead."""
    return shutil.which("nginx", path=os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"]))


def nginx(*, executable: str, folder: Path, port: int, variables: Mapping[str, str]) -> Nginx:
    """nginx in the foreground, all of whose files lie in `folder`.

    :raises KeyError: if a template asks for a variable that is not there.
    """
    made = folder / "nginx"
    for template in TEMPLATES.rglob("*.template"):
        target = made / template.relative_to(TEMPLATES).with_suffix("")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(_VARIABLE.sub(lambda found: variables[found[1]], template.read_text()))
    main = folder / "nginx.conf"
    temporary = "".join(
        f"    {kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    main.write_text(
        f"daemon off;\nmaster_process on;\nworker_processes 1;\npid {folder}/nginx.pid;\n"
        f"error_log {folder}/error.log warn;\n{_user()}events {{ worker_connections 256; }}\n"
        f"http {{\n{temporary}    include {made}/*.conf;\n}}\n"
    )
    return Nginx(
        name="nginx",
        executable=executable,
        arguments=("-p", str(folder), "-e", str(folder / "error.log"), "-c", str(main)),
        ready_url=f"http://{HOST}:{port}/livez",
    )


def _user() -> str:
    """As root, nginx would give its workers to a user who may not read this folder."""
    return "user root;\n" if os.geteuid() == 0 else ""
