"""The sale and the life of a reservation: the only door to this app for the others."""

from apps.bookings.services._amending import amend_booking, preview_amendment
from apps.bookings.services._amendments import AmendBooking, AmendmentPreview, StayChange
from apps.bookings.services._archiving import archive_nights
from apps.bookings.services._canceling import (
    CancelBooking,
    CancelReservation,
    cancel_booking,
    cancel_reservation,
)
from apps.bookings.services._claiming import ClaimBooking, RenewManageLink, claim_booking, renew_manage_link
from apps.bookings.services._confirming import ConfirmBooking, confirm_booking
from apps.bookings.services._errors import (
    AddressNotVerified,
    AmountTooHigh,
    ExternalIdTaken,
    HoldExpired,
    HoldNotExtendable,
    InvalidTransition,
    NothingDue,
    NothingToRefund,
    PaymentDue,
    PaymentInProgress,
    PaymentsUnavailable,
    PenaltyChanged,
    TooEarly,
    TooManyHolds,
    WebhookNotAccepted,
)
from apps.bookings.services._expiry import expire_overdue_holds
from apps.bookings.services._front_desk import (
    CheckIn,
    CheckOut,
    RecordNoShow,
    check_in,
    check_out,
    record_no_show,
)
from apps.bookings.services._history import RevisionView, read_history, read_revision
from apps.bookings.services._holding import ExtendHold, extend_hold
from apps.bookings.services._invariants import Violation, audit_invariants, check_invariants
from apps.bookings.services._manage_secrets import claims_of_secret, manage_path, manage_secret
from apps.bookings.services._orders import Override, PlaceBooking, RoomRequest, room_of_offer
from apps.bookings.services._paying import PayAtDesk, PayForBooking, pay, pay_at_desk
from apps.bookings.services._payments import PaymentsView, PaymentView, RefundView, get_payments, read_payments
from apps.bookings.services._placing import place_booking
from apps.bookings.services._privacy import StaysAhead, erase, erase_before, export_of
from apps.bookings.services._reading import (
    CancellationPreview,
    StayFacts,
    get_stay,
    get_stays,
    preview_cancellation,
    preview_stay_cancellation,
    read_booking,
    read_booking_of,
)
from apps.bookings.services._reconciling import (
    Received,
    go_on_with_authorized,
    receive_provider_event,
    reconcile_payments,
    void_what_is_open,
)
from apps.bookings.services._refunding import RefundBooking, refund_booking, send_refund, settle_booking
from apps.bookings.services._repairs import CounterRepair, repair_counters
from apps.bookings.services._reports import Figures, PickUp, Report, ReportNight, read_report
from apps.bookings.services._sandbox import catch_up, catch_up_everywhere
from apps.bookings.services._tape_chart import StaySpan, TapeChart, tape_chart
from apps.bookings.services._views import (
    Booker,
    BookingView,
    ReservationView,
    booking_address,
    get_booking,
    get_bookings,
)

__all__ = [
    "AddressNotVerified",
    "AmendBooking",
    "AmendmentPreview",
    "AmountTooHigh",
    "Booker",
    "BookingView",
    "CancelBooking",
    "CancelReservation",
    "CancellationPreview",
    "CheckIn",
    "CheckOut",
    "ClaimBooking",
    "ConfirmBooking",
    "CounterRepair",
    "ExtendHold",
    "ExternalIdTaken",
    "Figures",
    "HoldExpired",
    "HoldNotExtendable",
    "InvalidTransition",
    "NothingDue",
    "NothingToRefund",
    "Override",
    "PayAtDesk",
    "PayForBooking",
    "PaymentDue",
    "PaymentInProgress",
    "PaymentView",
    "PaymentsUnavailable",
    "PaymentsView",
    "PenaltyChanged",
    "PickUp",
    "PlaceBooking",
    "Received",
    "RecordNoShow",
    "RefundBooking",
    "RefundView",
    "RenewManageLink",
    "Report",
    "ReportNight",
    "ReservationView",
    "RevisionView",
    "RoomRequest",
    "StayChange",
    "StayFacts",
    "StaySpan",
    "StaysAhead",
    "TapeChart",
    "TooEarly",
    "TooManyHolds",
    "Violation",
    "WebhookNotAccepted",
    "amend_booking",
    "archive_nights",
    "audit_invariants",
    "booking_address",
    "cancel_booking",
    "cancel_reservation",
    "catch_up",
    "catch_up_everywhere",
    "check_in",
    "check_invariants",
    "check_out",
    "claim_booking",
    "claims_of_secret",
    "confirm_booking",
    "erase",
    "erase_before",
    "expire_overdue_holds",
    "export_of",
    "extend_hold",
    "get_booking",
    "get_bookings",
    "get_payments",
    "get_stay",
    "get_stays",
    "go_on_with_authorized",
    "manage_path",
    "manage_secret",
    "pay",
    "pay_at_desk",
    "place_booking",
    "preview_amendment",
    "preview_cancellation",
    "preview_stay_cancellation",
    "read_booking",
    "read_booking_of",
    "read_history",
    "read_payments",
    "read_report",
    "read_revision",
    "receive_provider_event",
    "reconcile_payments",
    "record_no_show",
    "refund_booking",
    "renew_manage_link",
    "repair_counters",
    "room_of_offer",
    "send_refund",
    "settle_booking",
    "tape_chart",
    "void_what_is_open",
]
