"""The benchmark of the inventory: one tiny run. Figures are not judged: they are the machine's."""

from pathlib import Path

from config.local.bench.inventory import InventoryPlan, inventory_table, run_inventory


def test_a_tiny_run_measures_every_kind_of_work(tmp_path: Path) -> None:
    plan = InventoryPlan(types=10, nights=90, history=50, bookings=3)

    figures = run_inventory(plan, folder=tmp_path / "servers", say=lambda _: None)

    rows = {one.work: one.rows for one in figures}
    assert rows == {
        "booking, hardly anything there": 3,
        "bare INSERT ... SELECT": 900,
        "generation": 900,
        "bulk change of prices": 90 * 20,
        "booking, all nights, no history": 3,
        "daily roll": 10,
        "look for gaps": 900,
        "archive of a week": 70,
        "history loaded": 50,
        "booking, 50 past ones": 3,
    }
    assert all(one.seconds > 0 for one in figures)
    assert "the bare INSERT" in inventory_table(figures)
    assert not any((tmp_path / "servers").glob("postgres*")), "its servers are gone"
