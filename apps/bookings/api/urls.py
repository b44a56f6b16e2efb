"""The routes of bookings, below /api/v1/."""

from django.urls import path

from apps.bookings.api import amending, calendars, front_desk, guests, payments, reports, views

urlpatterns = [
    path("bookings", views.BookingList.as_view(), name="bookings"),
    path("bookings/<uuid:booking_id>", views.BookingDetail.as_view(), name="booking"),
    path("bookings/<uuid:booking_id>/confirm", views.BookingConfirm.as_view(), name="booking-confirm"),
    path("bookings/<uuid:booking_id>/amend", amending.BookingAmend.as_view(), name="booking-amend"),
    path("bookings/<uuid:booking_id>/extend-hold", guests.BookingExtendHold.as_view(), name="booking-extend-hold"),
    path("bookings/<uuid:booking_id>/claim", guests.BookingClaim.as_view(), name="booking-claim"),
    path("bookings/<uuid:booking_id>/manage-link", guests.BookingManageLink.as_view(), name="booking-manage-link"),
    path("bookings/<uuid:booking_id>/cancel", views.BookingCancel.as_view(), name="booking-cancel"),
    path("bookings/<uuid:booking_id>/cancellation", views.BookingCancellation.as_view(), name="booking-cancellation"),
    path("bookings/<uuid:booking_id>/history", views.BookingHistory.as_view(), name="booking-history"),
    path("bookings/<uuid:booking_id>/history/<int:revision>", views.BookingRevision.as_view(), name="booking-revision"),
    path("hotels/<uuid:hotel_id>/reports", reports.ReportView.as_view(), name="reports"),
    path("bookings/<uuid:booking_id>/payments", payments.BookingPayments.as_view(), name="booking-payments"),
    path("bookings/<uuid:booking_id>/refunds", payments.BookingRefunds.as_view(), name="booking-refunds"),
    path("payments/webhooks/<slug:provider>", payments.ProviderWebhook.as_view(), name="payment-webhook"),
    path("bookings/<uuid:booking_id>/calendar.ics", calendars.BookingCalendar.as_view(), name="booking-calendar"),
    path("reservations", views.ReservationList.as_view(), name="reservations"),
    path("reservations/<uuid:reservation_id>/cancel", views.ReservationCancel.as_view(), name="reservation-cancel"),
    path(
        "reservations/<uuid:reservation_id>/cancellation",
        views.ReservationCancellation.as_view(),
        name="reservation-cancellation",
    ),
    path(
        "reservations/<uuid:reservation_id>/calendar.ics",
        calendars.ReservationCalendar.as_view(),
        name="reservation-calendar",
    ),
    path("reservations/<uuid:reservation_id>/assign", front_desk.ReservationAssign.as_view(), name="assign"),
    path("reservations/<uuid:reservation_id>/unassign", front_desk.ReservationUnassign.as_view(), name="unassign"),
    path("reservations/<uuid:reservation_id>/move", front_desk.ReservationMove.as_view(), name="move"),
    path("reservations/<uuid:reservation_id>/check-in", front_desk.ReservationCheckIn.as_view(), name="check-in"),
    path("reservations/<uuid:reservation_id>/check-out", front_desk.ReservationCheckOut.as_view(), name="check-out"),
    path("reservations/<uuid:reservation_id>/no-show", front_desk.ReservationNoShow.as_view(), name="no-show"),
    path(
        "reservations/<uuid:reservation_id>/revert-check-in",
        front_desk.ReservationRevertCheckIn.as_view(),
        name="revert-check-in",
    ),
    path(
        "reservations/<uuid:reservation_id>/revert-check-out",
        front_desk.ReservationRevertCheckOut.as_view(),
        name="revert-check-out",
    ),
    path("hotels/<uuid:hotel_id>/walk-ins", front_desk.WalkIns.as_view(), name="walk-ins"),
    path("hotels/<uuid:hotel_id>/housekeeping", front_desk.Housekeeping.as_view(), name="housekeeping"),
    path(
        "hotels/<uuid:hotel_id>/overbooked/proposals",
        front_desk.OverbookedProposals.as_view(),
        name="overbooked-proposals",
    ),
    path(
        "hotels/<uuid:hotel_id>/rooms/<uuid:room_id>/condition",
        front_desk.RoomConditionView.as_view(),
        name="room-condition",
    ),
]
