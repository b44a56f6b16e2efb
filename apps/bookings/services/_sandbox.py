"""What has to happen in a hotel whose clock was advanced: the periodic jobs, for it alone and by its time."""

from uuid import UUID

from apps.bookings.services._expiry import expire_overdue_holds
from apps.bookings.services._no_shows import free_kept_nights, record_due_no_shows
from apps.inventory import services as inventory
from apps.platform import clock

_BATCH = 100


def catch_up(hotel_id: UUID) -> None:
    """Do at one sandbox what is due there by its own clock. Safe to run twice, and in two places at once."""
    with clock.own_pace():
        inventory.go_by_clock_of(hotel_id)
        while expire_overdue_holds(limit=_BATCH, hotel_id=hotel_id) == _BATCH:
            pass
        record_due_no_shows(hotel_id)
        free_kept_nights(hotel_id)


def catch_up_everywhere() -> None:
    """Do so at every sandbox whose clock is ahead: time passes there too."""
    for hotel_id in inventory.sandboxes_ahead():
        catch_up(hotel_id)
