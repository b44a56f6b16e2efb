"""Who acts, as text: the scope of an idempotency key and the name in history. Never null, never a personal datum."""

import hashlib
from uuid import UUID


def user(user_id: UUID) -> str:
    """A person with an account."""
    return f"user:{user_id}"


def key(key_id: UUID) -> str:
    """An API key of a partner or a kiosk, whichever of its secrets it shows."""
    return f"key:{key_id}"


def guest(email: str) -> str:
    """A person without an account: the hash of the address, so that the address itself stays out of logs."""
    return f"guest:{hashlib.sha256(email.strip().lower().encode()).hexdigest()[:32]}"


def system(job: str) -> str:
    """A job of the platform itself."""
    return f"system:{job}"
