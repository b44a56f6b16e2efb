"""The sale and the life of a reservation: the only door to this app for the others."""

from apps.bookings.services._archiving import archive_nights
from apps.bookings.services._errors import (
    ExternalIdTaken,
    HoldExpired,
    InvalidTransition,
    PaymentDue,
    PenaltyChanged,
    TooEarly,
    TooManyHolds,
)
from apps.bookings.services._expiry import expire_overdue_holds
from apps.bookings.services._invariants import Violation, audit_invariants, check_invariants
from apps.bookings.services._orders import Override, PlaceBooking, RoomRequest, room_of_offer
from apps.bookings.services._placing import place_booking
from apps.bookings.services._privacy import StaysAhead, erase, erase_before, export_of
from apps.bookings.services._reading import (
    CancellationPreview,
    StayFacts,
    get_stay,
    get_stays,
    preview_cancellation,
    read_booking,
)
from apps.bookings.services._repairs import CounterRepair, repair_counters
from apps.bookings.services._transitions import (
    CancelBooking,
    CheckIn,
    CheckOut,
    ConfirmBooking,
    RecordNoShow,
    cancel_booking,
    check_in,
    check_out,
    confirm_booking,
    record_no_show,
)
from apps.bookings.services._views import (
    Booker,
    BookingView,
    ReservationView,
    booking_address,
    get_booking,
    get_bookings,
)

__all__ = [
    "Booker",
    "BookingView",
    "CancelBooking",
    "CancellationPreview",
    "CheckIn",
    "CheckOut",
    "ConfirmBooking",
    "CounterRepair",
    "ExternalIdTaken",
    "HoldExpired",
    "InvalidTransition",
    "Override",
    "PaymentDue",
    "PenaltyChanged",
    "PlaceBooking",
    "RecordNoShow",
    "ReservationView",
    "RoomRequest",
    "StayFacts",
    "StaysAhead",
    "TooEarly",
    "TooManyHolds",
    "Violation",
    "archive_nights",
    "audit_invariants",
    "booking_address",
    "cancel_booking",
    "check_in",
    "check_invariants",
    "check_out",
    "confirm_booking",
    "erase",
    "erase_before",
    "expire_overdue_holds",
    "export_of",
    "get_booking",
    "get_bookings",
    "get_stay",
    "get_stays",
    "place_booking",
    "preview_cancellation",
    "read_booking",
    "record_no_show",
    "repair_counters",
    "room_of_offer",
]
