"""The booker is told of money that goes back."""

from uuid import uuid4

import pytest

from apps.accounts import services as accounts
from apps.bookings import services as bookings
from apps.bookings.models import Payment, Refund, Reservation
from apps.notifications import channels, services
from apps.notifications.models import Delivery
from apps.platform.money import Money
from tests.bookings.orders import caller_of, fresh_key
from tests.bookings.paying import placed, with_deposit
from tests.factories.accounts import MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db


def given_back() -> Payment:
    """Cash of which 20.00 went back."""
    double = with_deposit(50)
    desk = caller_of(MembershipFactory.create(role=accounts.Role.FRONT_DESK, scope_id=double.hotel_id).user)
    booking_id = placed(caller_of(UserFactory.create()), double)
    bookings.pay_at_desk(bookings.PayAtDesk(booking_id=booking_id), caller=desk, key=fresh_key())
    amount = Money(amount="20.00", currency="EUR")
    command = bookings.RefundBooking(booking_id=booking_id, reason="Noise", amount=amount)
    bookings.refund_booking(command, caller=desk, key=fresh_key())
    return Payment.objects.get()


def mailed(payment: Payment) -> channels.Mail:
    services.mail_refund(event_id=uuid4(), booking_id=payment.booking_id, payment_id=payment.id)
    delivery = Delivery.objects.get(template="payment_refunded")
    return channels.render(delivery.template, delivery.context)


def test_the_mail_says_how_much_has_gone_back() -> None:
    mail = mailed(given_back())

    assert "20.00 EUR" in mail.subject
    assert "So far 20.00 EUR" in mail.text
    assert "20.00 EUR" in mail.html
    assert "too late" not in mail.text
    assert "Noise" not in mail.text + mail.html


def test_the_mail_says_that_a_payment_came_too_late() -> None:
    payment = given_back()
    Reservation.objects.update(status="expired")
    Refund.objects.update(cause="late")

    mail = mailed(payment)

    assert "after the hold had run out" in mail.text
    assert "after the hold had run out" in mail.html
