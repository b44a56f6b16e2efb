"""Other programs beside those of the platform, or in their place, for a while."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from config.local.programs import Program
from config.local.stack import Stack


@contextmanager
def beside(stack: Stack, *more: Program) -> Iterator[None]:
    """These run too, under names of their own.

    :raises StackError: if one does not get ready.
    """
    try:
        _start(stack, more)
        yield
    finally:
        for program in more:
            stack.stop(program.name)


@contextmanager
def instead(stack: Stack, *others: Program) -> Iterator[None]:
    """These run in the place of those of the same names, which are back at the end.

    :raises StackError: if one does not get ready.
    """
    usual = [stack.program(other.name) for other in others]
    try:
        _start(stack, others)
        yield
    finally:
        _start(stack, usual)


def _start(stack: Stack, new: Sequence[Program]) -> None:
    for program in new:
        if stack.is_running(program.name):
            stack.stop(program.name)
        stack.provide(program)
        stack.start(program.name, wait=False)
    for program in new:
        stack.wait_until_ready(program.name)
