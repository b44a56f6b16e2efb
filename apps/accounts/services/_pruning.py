"""Forgetting what has served: ended sessions, tokens of mails, wrong passwords, keys that nothing is believed of."""

from apps.accounts.services import _keys, _lockout, _mailed_tokens, _sessions


def prune() -> None:
    """Remove it all; safe to run twice, late, or in two places."""
    _sessions.prune_sessions()
    _mailed_tokens.prune_mailed_tokens()
    _lockout.prune_failures()
    _keys.prune_keys()
