"""The command line of the proof, for `manage.py prove` and for `python -m config.local.proof`."""

import argparse
import sys

from config.local.errors import LocalServersError
from config.local.proof import report
from config.local.proof.ground import BASE_DIR
from config.local.proof.proving import fresh_seed, prove
from config.local.proof.scenarios import SCENARIOS

PAGE = BASE_DIR / "docs" / "reliability.md"
HOLDS, VIOLATED, NOT_PROVEN = 0, 1, 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--short", action="store_true", help="Smaller numbers: minutes instead of most of an hour.")
    parser.add_argument("--only", default="", metavar="T1,T6", help=f"Of {', '.join(SCENARIOS)}.")
    parser.add_argument("--seed", type=int, help="Make the same random choices as the run that printed it.")
    parser.add_argument("--json", action="store_true", help="For machines: one JSON document.")
    parser.add_argument("--write", action="store_true", help="Put the result into docs/reliability.md, too.")


def run(*, short: bool, only: str, seed: int | None, json: bool, write: bool = False) -> int:
    """Prove and print the result; exit code 0 if all holds, 1 if something is violated, 2 if nothing was proven."""
    names = [name.strip().upper() for name in only.split(",") if name.strip()] or list(SCENARIOS)
    if unknown := [name for name in names if name not in SCENARIOS]:
        print(f"No such test: {', '.join(unknown)}. There are {', '.join(SCENARIOS)}.", file=sys.stderr)
        return NOT_PROVEN
    if write and only:
        print("--write is for a whole run: the page shows all tests under one seed.", file=sys.stderr)
        return NOT_PROVEN
    seed = fresh_seed() if seed is None else seed
    under = report.circumstances(_command(short=short, only=only, seed=seed))
    try:
        result = prove(names=names, short=short, seed=seed)
    except LocalServersError as error:
        print(f"\n{error}", file=sys.stderr)
        return NOT_PROVEN
    print(report.document(result, under) if json else report.table(result, under))
    if write:
        PAGE.write_text(report.written(PAGE.read_text(), result, under))
    return HOLDS if result.holds else VIOLATED


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m config.local.proof", description="Prove that nothing books twice.")
    add_arguments(parser)
    return run(**vars(parser.parse_args()))


def _command(*, short: bool, only: str, seed: int) -> str:
    """What repeats the run."""
    arguments = f"--only {only} --seed {seed}" if only else f"--seed {seed}"
    return f'make prove{"-short" if short else ""} ARGS="{arguments}"'
