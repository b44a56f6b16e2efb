"""What a booking can be refused for."""

from apps.platform.errors import Conflict, Denied, Problem, TooMany, Unavailable


class InvalidTransition(Conflict):
    """The reservation is not in a state from which this can be done."""

    code = "invalid_transition"
    title = "Not possible in this state"
    cause = "The booking is in a state in which this action does not exist; `status` and `allowed` say which do."
    remedy = "Read the booking again and choose one of the actions in `allowed`."
    example = {"status": "canceled", "allowed": []}


class HoldExpired(Conflict):
    """The rooms were held until a moment that is over."""

    code = "hold_expired"
    title = "The hold has expired"
    cause = "The booking was not confirmed before `hold_expires_at`; its rooms are free for everybody again."
    remedy = "Search and book again: prices and rooms may be the same still."
    retry = "never"


class HoldNotExtendable(Conflict):
    """The rooms have been held for as long as one booking may."""

    code = "hold_not_extendable"
    title = "The hold cannot be extended any more"
    cause = "One booking holds rooms for a limited time in all, and `hold_expires_at` is the end of it."
    remedy = "Confirm the booking before `hold_expires_at`, or cancel it."
    example = {"hold_expires_at": "2026-07-01T11:00:00Z"}


class AddressNotVerified(Denied):
    """Whose address it is has not been proven."""

    code = "address_not_verified"
    title = "The address is not verified"
    cause = "The booking was made for the address of your account, and nobody has proven yet that it is yours."
    remedy = "Ask for a mail with `POST /api/v1/me/verify-email`, enter its code, and try again."


class PaymentDue(Conflict):
    """Something is to be paid before the booking can be confirmed."""

    code = "payment_due"
    title = "A payment is due first"
    cause = "The rate asks for a deposit or prepayment: `due_now` is to be paid before the booking is confirmed."
    remedy = "Book without `confirm`, pay what is due, and confirm then; or choose a rate that is paid at the hotel."
    example = {"due_now": {"amount": "120.00", "currency": "EUR"}}


class TooManyHolds(TooMany):
    """One guest may hold only so many bookings without confirming any."""

    code = "too_many_holds"
    title = "Too many unconfirmed bookings"
    cause = "You hold rooms in as many unconfirmed bookings as one guest may; `holds` lists them."
    remedy = "Confirm or cancel one of them: send POST to its `confirm` or `cancel` address, with a fresh key each."
    example = {
        "holds": [
            {
                "booking_id": "0199f3a2-7c1e-7d3a-9a52-3f6b8f1c2d4e",
                "confirmation_number": "K7M2QX4P",
                "hold_expires_at": "2026-07-01T10:15:00Z",
                "confirm": "/api/v1/bookings/0199f3a2-7c1e-7d3a-9a52-3f6b8f1c2d4e/confirm",
                "cancel": "/api/v1/bookings/0199f3a2-7c1e-7d3a-9a52-3f6b8f1c2d4e/cancel",
            }
        ]
    }


class ExternalIdTaken(Conflict):
    """Another booking of the same source has this external id."""

    code = "external_id_taken"
    title = "The external id is taken"
    cause = "There is a booking with the same `source` and `external_id` already."
    remedy = "Look it up with `GET /api/v1/bookings?external_id=`; send a new one under an id of its own."


class TooEarly(Conflict):
    """The hotel's calendar is not there yet."""

    code = "too_early"
    title = "Not before the day of arrival"
    cause = "The stay begins on a later date than the hotel's business date."
    remedy = "Wait for the day of arrival; the hotel's business date is in `business_date`."


class PenaltyChanged(Conflict):
    """The penalty is another one than the caller expects."""

    code = "penalty_changed"
    title = "The penalty has changed"
    cause = "Canceling now costs another amount than `expected_penalty`; nothing was canceled."
    remedy = "Look at `penalty`, and send the request again with that amount and a fresh key if you accept it."


class BelowPenalty(Conflict):
    """A change would leave less to be paid than giving the room up costs."""

    code = "below_penalty"
    title = "The change would cost less than canceling"
    cause = "Canceling the room costs something by now, and the change would make its total smaller than that."
    remedy = "Change less, or ask the hotel: its staff can shorten the stay. `penalty` is what canceling costs."
    example = {"penalty": {"amount": "300.00", "currency": "EUR"}, "total": {"amount": "100.00", "currency": "EUR"}}


class NothingDue(Conflict):
    """There is nothing to pay."""

    code = "nothing_due"
    title = "Nothing is to be paid"
    cause = "The booking owes nothing, or all that it owes is paid: `balance` says so."
    remedy = "Read the booking: `amounts` shows what is paid and what is owed."
    example = {"balance": {"amount": "0.00", "currency": "EUR"}}


class PaymentInProgress(Conflict):
    """What is owed is being paid at this moment."""

    code = "payment_in_progress"
    title = "A payment is under way"
    cause = "Another payment for all that is owed has begun, and its provider has not said yet what became of it."
    remedy = "Look at `GET /api/v1/bookings/{id}/payments` until it is captured or failed; then pay what is left."


class AmountTooHigh(Conflict):
    """More than what it is for."""

    code = "amount_too_high"
    title = "The amount is too high"
    cause = "The amount is more than can be paid, or given back, at this moment: `most` says how much can be."
    remedy = "Send the request with an amount of `most` or less, or without one, and with a fresh key."
    example = {"most": {"amount": "240.00", "currency": "EUR"}}


class NothingToRefund(Conflict):
    """There is no money to give back."""

    code = "nothing_to_refund"
    title = "There is nothing to give back"
    cause = "Nothing has been paid beyond what is owed, or what has been is on its way back already."
    remedy = "Read the payments of the booking. To give back more than what is too much, name the amount."


class PaymentsNotOffered(Conflict):
    """Nobody moves money for this deployment."""

    code = "payments_not_offered"
    title = "Payments are not offered"
    cause = "This deployment has no payment provider (`PAYMENT_PROVIDER_URL`)."
    remedy = "Pay at the hotel: its staff write down what they have taken."
    stored = False
    retry = "never"


class PaymentsUnavailable(Unavailable):
    """The provider does not answer at the moment."""

    code = "payments_unavailable"
    title = "Payments are not available"
    cause = "The payment provider does not answer. Whether the payment has begun is settled later."
    remedy = "Send the same request with the same key a little later: nothing is paid twice."
    retry_after = 5


class WebhookNotAccepted(Problem):
    """The message of a provider proves nothing."""

    code = "webhook_not_accepted"
    title = "The signature is not accepted"
    cause = "The message is not signed with the secret that we share with the provider, or its time is minutes away."
    remedy = "Sign `id.timestamp.body` with the current secret (HMAC-SHA256, base64), within five minutes of sending."


_ROOM = {"id": "0199f3a2-7c1e-7d3a-9a52-3f6b8f1c2d4e", "number": "204", "condition": "inspected"}


class RoomNotReady(Conflict):
    """The room cannot be given to a guest now."""

    code = "room_not_ready"
    title = "The room is not ready"
    cause = "The room is dirty, or closed for a night of the stay; `condition` and `errors` say which."
    remedy = "Wait for housekeeping, or send the `room_id` of one of the `alternatives`, with a fresh key."
    example = {"room": "101", "condition": "dirty", "alternatives": [_ROOM]}


class RoomOccupied(Conflict):
    """Somebody else is in the room."""

    code = "room_occupied"
    title = "The room is occupied"
    cause = "The guest of another stay is checked in to the room, perhaps longer than was booked."
    remedy = "Check that guest out first, or send the `room_id` of one of the `alternatives`, with a fresh key."
    example = {"room": "101", "alternatives": [_ROOM]}


class RoomTaken(Conflict):
    """Another stay has the room."""

    code = "room_taken"
    title = "The room is taken"
    cause = "On the nights in `errors` the room is assigned to another stay, or closed."
    remedy = "Choose another room, or assign another one to the other stay first."
    example = {"errors": [{"code": "taken", "detail": "Taken.", "pointer": "/room_id", "date": "2026-07-03"}]}


class NoRoomReady(Conflict):
    """No room of the type can be given to the guest now."""

    code = "no_room_ready"
    title = "No room is ready"
    cause = "Every room of the type is occupied, dirty, closed or assigned to others; `rooms` says which is what."
    remedy = "Let a room be cleaned, assign one by hand, or move the stay to another room type."
    example = {"rooms": [{"id": _ROOM["id"], "number": "101", "why": "dirty"}]}


class NoRoomFree(Conflict):
    """No room of the type is free for all nights."""

    code = "no_room_free"
    title = "No room is free for all nights"
    cause = "Every room of the type is assigned to others, or closed, on some night of the stay."
    remedy = "Assign other rooms to some of the other stays, or move the guest from a date on."


class OtherRoomType(Conflict):
    """The room is of another type than was booked."""

    code = "other_room_type"
    title = "The room is of another type"
    cause = "A room of the type that was booked is assigned; another type takes other nights of the inventory."
    remedy = "Move the stay instead: `POST /reservations/{id}/move`. It keeps the price."


class RoomPromised(Conflict):
    """The guest was promised this room."""

    code = "room_promised"
    title = "The guest was promised this room"
    cause = "The stay is marked `do_not_move`."
    remedy = "Ask the guest, and send the request again with `even_if_promised` and a fresh key."


class TooLate(Conflict):
    """The hotel's day on which it could be undone is over."""

    code = "too_late"
    title = "Only on the same business date"
    cause = "A check-in or check-out is undone on the business date of the hotel on which it was made."
    remedy = "Leave it as it is: check the guest out, or book a new stay."
