"""The arithmetic of a benchmark: from slices of work to figures, ratios and targets. Plain Python."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

NOTHING = "nothing"
SPREAD = "spread"
HOT = "hot"
REFUSED = "refused"
REPLAYED = "replayed"
BARE = "bare"

MEANINGS: Mapping[str, str] = {
    NOTHING: "a validated POST that does nothing: the same authentication, throttle and serializer",
    SPREAD: "bookings over all room types, a random arrival each",
    HOT: "bookings of the same three nights of one room type",
    REFUSED: "requests for a sold-out night, a fresh key each",
    REPLAYED: "requests repeated under the key that has booked already, one key a guest",
    BARE: "the statement that takes the nights, in a transaction of its own, without HTTP and without a booking",
}
EXPECTED: Mapping[str, int] = {NOTHING: 200, SPREAD: 201, HOT: 201, REFUSED: 409, REPLAYED: 201, BARE: 200}
LOAD = "load"
SERVERS = ("web", "postgres", "redis")


@dataclass(frozen=True, kw_only=True)
class Slice:
    """One stretch of one kind of work; `cpu_seconds` by group of processes, empty where it is not known."""

    seconds: float
    latencies_ms: Sequence[float]
    statuses: Mapping[int, int]
    cpu_seconds: Mapping[str, float]


@dataclass(frozen=True, kw_only=True)
class Figure:
    """What all slices of one kind of work at one concurrency come to. `errors` are answers other than the expected."""

    variant: str
    clients: int
    requests: int
    errors: int
    per_second: float
    p50_ms: float
    p99_ms: float
    cpu_ms: Mapping[str, float]
    load_share: float | None
    """How much of one core the load generator took: near 1 it was the bottleneck itself."""
    round_trips: float | None
    statements: float | None

    @property
    def servers_cpu_ms(self) -> float | None:
        """Processor time of one request over web server, PostgreSQL and Redis."""
        return sum(self.cpu_ms[group] for group in SERVERS) if self.cpu_ms else None


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that at least `percent` of `values` do not exceed (nearest rank); NaN of none."""
    if not values:
        return math.nan
    return sorted(values)[max(0, math.ceil(len(values) * percent / 100) - 1)]


def figure(
    *,
    variant: str,
    clients: int,
    slices: Sequence[Slice],
    round_trips: float | None = None,
    statements: float | None = None,
) -> Figure:
    """Put the slices of one kind of work together. Only expected answers count in the rate."""
    statuses: Counter[int] = Counter()
    cpu: Counter[str] = Counter()
    for part in slices:
        statuses.update(part.statuses)
        cpu.update(part.cpu_seconds)
    seconds = sum(part.seconds for part in slices)
    requests, good = statuses.total(), statuses[EXPECTED[variant]]
    latencies = [latency for part in slices for latency in part.latencies_ms]
    return Figure(
        variant=variant,
        clients=clients,
        requests=requests,
        errors=requests - good,
        per_second=good / seconds if seconds else 0.0,
        p50_ms=percentile(latencies, 50),
        p99_ms=percentile(latencies, 99),
        cpu_ms={group: 1_000 * used / requests for group, used in cpu.items()} if requests else {},
        load_share=cpu[LOAD] / seconds if LOAD in cpu and seconds else None,
        round_trips=round_trips,
        statements=statements,
    )


class Verdict(StrEnum):
    """How a figure stands to its target."""

    MISSED = "missed"
    REACHED = "reached"
    STRETCHED = "stretched"


@dataclass(frozen=True, kw_only=True)
class Target:
    """What a figure should be: at least `reach` where more is better, else at most."""

    name: str
    reach: float
    stretch: float
    more_is_better: bool

    def verdict(self, value: float) -> Verdict:
        """How `value` stands to this target."""
        sign = 1 if self.more_is_better else -1
        if sign * value >= sign * self.stretch:
            return Verdict.STRETCHED
        return Verdict.REACHED if sign * value >= sign * self.reach else Verdict.MISSED


def _at_least(name: str, reach: float, stretch: float) -> Target:
    return Target(name=name, reach=reach, stretch=stretch, more_is_better=True)


def _at_most(name: str, reach: float, stretch: float) -> Target:
    return Target(name=name, reach=reach, stretch=stretch, more_is_better=False)


_RATIOS = (
    (_at_least("booking, spread / nothing", 0.25, 0.35), SPREAD, NOTHING),
    (_at_least("booking, hot / spread", 0.6, 0.9), HOT, SPREAD),
    (_at_least("refusal / nothing", 0.5, 0.7), REFUSED, NOTHING),
    (_at_least("replay / nothing", 0.6, 0.8), REPLAYED, NOTHING),
)
_CPU = _at_most("CPU ms of a booking: web, PostgreSQL, Redis", 6, 4)
_ROUND_TRIPS = _at_most("round trips of a booking to PostgreSQL", 6, 3)


@dataclass(frozen=True, kw_only=True)
class Result:
    """A target with what was measured at one concurrency."""

    target: Target
    clients: int
    value: float

    @property
    def verdict(self) -> Verdict:
        return self.target.verdict(self.value)


def results(figures: Sequence[Figure]) -> list[Result]:
    """What the figures say of each target, concurrency by concurrency; what was not measured is left out."""
    found = {(one.variant, one.clients): one for one in figures}
    answers: list[Result] = []
    for clients in dict.fromkeys(one.clients for one in figures):
        for target, variant, basis in _RATIOS:
            ratio = ratio_of(found.get((variant, clients)), found.get((basis, clients)))
            if ratio is not None:
                answers.append(Result(target=target, clients=clients, value=ratio))
        booking = found.get((SPREAD, clients))
        if booking is not None:
            for target, value in ((_CPU, booking.servers_cpu_ms), (_ROUND_TRIPS, booking.round_trips)):
                if value is not None:
                    answers.append(Result(target=target, clients=clients, value=value))
    return answers


def ratio_of(one: Figure | None, basis: Figure | None) -> float | None:
    """How fast one kind of work is, measured by another; None where either is missing or the basis stood still."""
    if one is None or basis is None or not basis.per_second:
        return None
    return one.per_second / basis.per_second
