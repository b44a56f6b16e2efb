"""A real SMTP server for one machine: every message becomes a file in a folder. Nothing is sent on."""

import argparse
import asyncio
import signal
import time
from pathlib import Path
from uuid import uuid4

from aiosmtpd.smtp import SMTP, Envelope, Session

from config.local.ports import HOST


class FolderHandler:
    """Stores what arrives; a file appears under its name only when it is complete."""

    def __init__(self, folder: Path, *, pause: float = 0) -> None:
        self._folder, self._pause = folder, pause
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        # Bound to the order of arrival by name, so that a listing is a mailbox.
        name = f"{time.time_ns():020}-{uuid4().hex[:8]}"
        content = envelope.original_content or b""
        recipients = ", ".join(envelope.rcpt_tos)
        unfinished = self._folder / f".{name}"
        unfinished.write_bytes(f"X-Envelope-To: {recipients}\r\n".encode() + content)
        unfinished.rename(self._folder / f"{name}.eml")
        print(f"a mail to {recipients}", flush=True)
        await asyncio.sleep(self._pause)
        return "250 Message accepted for delivery"


async def serve(*, port: int, folder: Path, pause: float = 0) -> None:
    """Receive mail until SIGTERM or SIGINT.

    :param pause: seconds between taking a mail and saying so, as a busy server has them.
    """
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    handler = FolderHandler(folder, pause=pause)
    server = await loop.create_server(lambda: SMTP(handler, enable_SMTPUTF8=True, loop=loop), host=HOST, port=port)
    print(f"listening on {HOST}:{port}", flush=True)
    await ended.wait()
    server.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--pause", type=float, default=0, help="Seconds between taking a mail and saying so.")
    arguments = parser.parse_args()
    asyncio.run(serve(port=arguments.port, folder=arguments.folder, pause=arguments.pause))


if __name__ == "__main__":
    main()
