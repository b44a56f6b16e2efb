"""The scenarios, by their numbers in docs/reliability.md: what is done to the platform, and what must be true then.

Each says what it expects beyond the rules of the checker, which are asked after every one of them.
"""

from collections.abc import Callable, Mapping

from config.local.proof.scenarios._afterwards import poison, relay_killed, too_many_processes, worker_killed
from config.local.proof.scenarios._amending import amending_storm
from config.local.proof.scenarios._broker import broker_black_holed, broker_forgets
from config.local.proof.scenarios._crowds import (
    canceling_storm,
    keys_of_others,
    last_room,
    one_key,
    overlapping_nights,
    shuffled_duplicates,
)
from config.local.proof.scenarios._database import backends_terminated, postgres_crashes
from config.local.proof.scenarios._inventory import beat_down_a_week, many_generators, odd_dates
from config.local.proof.scenarios._locks import holders_paused, nodes_forget, redis_gone, two_nodes_paused
from config.local.proof.scenarios._payments import payment_storm
from config.local.proof.scenarios._ratings import ratings_tripled
from config.local.proof.scenarios._release import releases_side_by_side, rolling_restart
from config.local.proof.scenarios._rooms import assigning_storm
from config.local.proof.scenarios._scene import Scene, Seen
from config.local.proof.scenarios._seeded import seeded_bugs
from config.local.proof.scenarios._soak import soak
from config.local.proof.scenarios._web import web_killed, web_killed_at_exact_places, web_paused_in_transaction

__all__ = ["SCENARIOS", "Scene", "Seen"]

SCENARIOS: Mapping[str, Callable[[Scene], Seen]] = {
    "T1": last_room,
    "T2": overlapping_nights,
    "T3": one_key,
    "T4": shuffled_duplicates,
    "T5": keys_of_others,
    "T6": web_killed,
    "T7": web_killed_at_exact_places,
    "T8": postgres_crashes,
    "T9": backends_terminated,
    "T10": two_nodes_paused,
    "T11": redis_gone,
    "T12": nodes_forget,
    "T13": holders_paused,
    "T14": web_paused_in_transaction,
    "T15": broker_black_holed,
    "T16": broker_forgets,
    "T17": worker_killed,
    "T18": poison,
    "T19": too_many_processes,
    "T20": beat_down_a_week,
    "T21": many_generators,
    "T22": relay_killed,
    "T23": releases_side_by_side,
    "T24": canceling_storm,
    "T25": rolling_restart,
    "T26": seeded_bugs,
    "T27": ratings_tripled,
    "T28": odd_dates,
    "T30": soak,
    "T31": amending_storm,
    "T32": payment_storm,
    "T33": assigning_storm,
}
