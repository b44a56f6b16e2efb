"""The tokens of the local provider, and what each of them makes it do."""

from dataclasses import dataclass

PAUSE_SECONDS = 2.0


@dataclass(frozen=True, kw_only=True)
class Card:
    """How a payment with a token goes.

    :param ends_as: the state of the payment when it has gone through.
    :param after: seconds until then; until then it is `created`.
    :param tells: how often the provider tells of each change; 0 is never.
    :param tells_after: seconds between a change and its message.
    :param drops: how many answers to `create` are lost on their way.
    """

    ends_as: str = "captured"
    after: float = 0.0
    tells: int = 1
    tells_after: float = 0.0
    drops: int = 0


_CARDS = {
    "tok_ok": Card(),
    "tok_declined": Card(ends_as="failed"),
    "tok_action": Card(ends_as="requires_action"),
    "tok_authorize": Card(ends_as="authorized"),
    "tok_later": Card(after=PAUSE_SECONDS),
    "tok_told_twice": Card(tells=2),
    "tok_told_late": Card(tells_after=PAUSE_SECONDS),
    "tok_never_told": Card(tells=0),
    "tok_later_never_told": Card(after=PAUSE_SECONDS, tells=0),
    "tok_answer_lost": Card(drops=1),
}
KNOWN_TOKENS = tuple(_CARDS)


def card_of(token: str) -> Card | None:
    """What a token means: `tok_later:0.5` is like `tok_later`, with a pause of its own; none at all is `tok_ok`."""
    name, _, pause = (token or "tok_ok").partition(":")
    card = _CARDS.get(name)
    if card is None or not pause:
        return card
    try:
        seconds = float(pause)
    except ValueError:
        return None
    return Card(
        ends_as=card.ends_as,
        after=seconds if card.after else 0.0,
        tells=card.tells,
        tells_after=seconds if card.tells_after else 0.0,
        drops=card.drops,
    )
