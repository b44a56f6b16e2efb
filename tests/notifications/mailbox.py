"""What a test sees of the mails that were sent."""

from collections.abc import Callable
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from uuid import UUID

Queue = Callable[..., UUID]
"""Queues a mail, with these arguments of `queue_mail` changed, and says its id."""


@dataclass(frozen=True, kw_only=True)
class Mailbox:
    """What arrived, oldest first."""

    folder: Path

    def messages(self) -> list[EmailMessage]:
        parser = BytesParser(policy=policy.default)
        return [parser.parsebytes(file.read_bytes()) for file in sorted(self.folder.glob("*.eml"))]

    def only(self) -> EmailMessage:
        (message,) = self.messages()
        return message


def text_of(mail: EmailMessage) -> str:
    """The plain part."""
    return _part(mail, "plain")


def html_of(mail: EmailMessage) -> str:
    """The HTML part."""
    return _part(mail, "html")


def _part(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content())
