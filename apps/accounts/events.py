"""What this app tells: that somebody is to get a mail."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from apps.platform.events import Event


@dataclass(frozen=True, kw_only=True)
class MailFacts:
    """Which token; whom it goes to and what for stays in its row. There may be none: nobody has that address."""

    token_id: UUID


@dataclass(frozen=True, kw_only=True)
class AccountMailRequested(Event):
    """A token is to be mailed, if there is one of this id."""

    type: ClassVar[str] = "account.mail_requested"

    data: MailFacts

    def aggregate(self) -> tuple[UUID, int]:
        return self.data.token_id, 1
