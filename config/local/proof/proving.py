"""A run of the proof: one scenario after the other on one platform, the checker after each, a verdict at the end."""

import random
import signal
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from config.local.errors import LocalServersError
from config.local.processes import wait_until
from config.local.proof.clients import Clients, contradictions
from config.local.proof.ground import BASE_DIR, Ground, proving_ground
from config.local.proof.history import History
from config.local.proof.progress import progress, say
from config.local.proof.scenarios import SCENARIOS, Scene, Seen
from config.local.state import locked

FOLDER = BASE_DIR / ".local" / "proof"
_GUESTS = 8
_DRAIN_SECONDS = 60
_SHOWN = 3
# Events a second, where a minute is too short for what a load has left on a busy machine. Measured: what 200 bookings
# lead to takes the worker 10 s of a processor, so that two idle ones are several times as fast.
_SLOWEST_DRAIN = 10


@dataclass(frozen=True, kw_only=True)
class Result:
    """One line of the table, and what lies behind a verdict that is not "holds"."""

    test: str
    done: str
    expected: str
    seen: str
    violations: tuple[str, ...]
    seconds: float
    applies: bool = True

    @property
    def verdict(self) -> str:
        if self.violations:
            return "VIOLATED"
        return "holds" if self.applies else "NOT TRIED"


@dataclass(frozen=True, kw_only=True)
class Run:
    """All results of a run, and what it takes to repeat it."""

    seed: int
    short: bool
    results: tuple[Result, ...]
    history: Path
    attempts: int
    seconds: float

    @property
    def holds(self) -> bool:
        return not any(result.violations for result in self.results)


def prove(*, names: Sequence[str], short: bool, seed: int) -> Run:
    """Prove on a platform of its own, which is gone afterwards; the history stays.

    :raises LocalServersError: if the platform does not start.
    """
    began = time.monotonic()
    path = FOLDER / f"history-{seed}.jsonl"
    with locked(FOLDER / "lock"), _ended_by_signals(), History(path=path) as history:
        with proving_ground(FOLDER / "ground") as ground, progress(names) as go_on:
            results = []
            for name in names:
                go_on(name)
                results.append(_result(name, ground, history, short=short, seed=seed))
                # (Said at once: a long run that is broken off has shown what it had.)
                say(f"{name}: {results[-1].verdict}, {results[-1].seconds:.0f} s")
                for violation in results[-1].violations[:_SHOWN]:
                    say(f"    {violation}")
            if short:
                results.append(_invariants(ground))
        return Run(
            seed=seed,
            short=short,
            results=tuple(results),
            history=path,
            attempts=sum(event.type == "invoke" for event in history.events),
            seconds=time.monotonic() - began,
        )


def fresh_seed() -> int:
    return random.SystemRandom().randrange(1_000_000)


def _result(name: str, ground: Ground, history: History, *, short: bool, seed: int) -> Result:
    began = time.monotonic()
    guests = [ground.sign_up(f"{name.lower()}-{number}@example.com") for number in range(_GUESTS)]
    clients = Clients(ground=ground, history=history, name=name, seed=seed, guests=guests)
    letters = ground.dead_letters()
    try:
        seen = SCENARIOS[name](Scene(ground=ground, clients=clients, short=short))
        violations = (*_contradiction(seen), *_contradictions(clients), *_undelivered(ground, buried_before=letters))
        if not short:
            violations += _broken_invariants(ground)
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        expected = [LocalServersError, TimeoutError]
        trace = () if type(error) in expected else traceback.format_exception(error)
        seen = Seen(done=name, expected="the platform goes on", seen=reason.splitlines()[0], holds=False)
        violations = (reason, *trace)
    return Result(
        test=name,
        done=seen.done,
        expected=seen.expected,
        seen=seen.seen,
        violations=violations,
        seconds=time.monotonic() - began,
        applies=seen.applies,
    )


def _contradiction(seen: Seen) -> tuple[str, ...]:
    return () if seen.holds else (f"expected {seen.expected}; seen {seen.seen}",)


def _contradictions(clients: Clients) -> tuple[str, ...]:
    """What the rules find but for C4, after every unknown outcome is known."""
    clients.settle()
    return tuple(f"{found.rule} {found.subject}: {found.detail}" for found in contradictions(clients))


def _undelivered(ground: Ground, *, buried_before: int) -> Iterator[str]:
    """C4: the outbox is empty a minute after the last request, and no message was given up."""
    waiting = ground.undone_events()
    seconds = max(_DRAIN_SECONDS, waiting / _SLOWEST_DRAIN)
    if not wait_until(lambda: not ground.undone_events(), seconds=seconds, pause=0.2):
        left = ground.undone_events()
        yield f"C4 outbox: {left} of {waiting} events are not done {seconds:.0f} s after the load"
    if (letters := ground.dead_letters() - buried_before) > 0:
        yield f"C4 outbox: {letters} dead letters"


def _invariants(ground: Ground) -> Result:
    """C4, asked once of everything that the run has left: asking takes seconds, and what is broken stays broken."""
    began = time.monotonic()
    broken = _broken_invariants(ground)
    return Result(
        test="C4",
        done="`check_invariants` on all that the tests above have left",
        expected="nothing is found",
        seen=f"{len(broken)} found" if broken else "nothing is found",
        violations=broken,
        seconds=time.monotonic() - began,
    )


def _broken_invariants(ground: Ground) -> tuple[str, ...]:
    return tuple(f"C4 {line}" for line in ground.broken_invariants())


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Let SIGTERM and SIGHUP end the run like Ctrl-C does, so that it leaves nothing running."""
    before = {number: signal.signal(number, _interrupt) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt
