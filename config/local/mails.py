"""The mails of the local sink, read from its folder."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

_KEY = re.compile(r"\d{20}-[0-9a-f]{8}")


@dataclass(frozen=True, kw_only=True)
class Mail:
    """One received message, as a reader sees it."""

    key: str
    received_at: datetime
    sender: str
    recipients: str
    subject: str
    text: str
    html: str
    attachments: tuple[str, ...]


def latest_mails(folder: Path, *, limit: int = 200) -> list[Mail]:
    """The newest mails first; half-written files are not among them."""
    files = sorted((file for file in folder.glob("*.eml") if _KEY.fullmatch(file.stem)), reverse=True)
    return [_read(file) for file in files[:limit]]


def find_mail(folder: Path, key: str) -> Mail | None:
    """The mail of this key; None if there is none."""
    file = folder / f"{key}.eml"
    return _read(file) if _KEY.fullmatch(key) and file.is_file() else None


def remove_mails(folder: Path) -> None:
    """Empty the mailbox."""
    for file in folder.glob("*.eml"):
        file.unlink(missing_ok=True)


def _read(file: Path) -> Mail:
    message = BytesParser(policy=policy.default).parsebytes(file.read_bytes())
    return Mail(
        key=file.stem,
        received_at=datetime.fromtimestamp(int(file.stem.partition("-")[0]) / 1e9, tz=UTC),
        sender=str(message["From"] or ""),
        recipients=str(message["To"] or message["X-Envelope-To"] or ""),
        subject=str(message["Subject"] or "(no subject)"),
        text=_body(message, "plain"),
        html=_body(message, "html"),
        attachments=tuple(part.get_filename() or part.get_content_type() for part in message.iter_attachments()),
    )


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    return str(part.get_content()) if part else ""
