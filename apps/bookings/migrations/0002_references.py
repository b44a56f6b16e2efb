"""Real foreign keys to the tables of other apps, which the code knows by id only."""

from django.db import migrations

from apps.platform.db import CrossAppForeignKey


class Migration(migrations.Migration):
    dependencies = [("bookings", "0001_initial"), ("inventory", "0001_initial"), ("accounts", "0001_initial")]
    operations = [
        CrossAppForeignKey(table="bookings_booking", column="hotel_id", references="inventory_hotel"),
        CrossAppForeignKey(table="bookings_booking", column="account_id", references="accounts_user"),
        CrossAppForeignKey(table="bookings_reservation", column="hotel_id", references="inventory_hotel"),
        CrossAppForeignKey(table="bookings_reservation", column="room_type_id", references="inventory_roomtype"),
        CrossAppForeignKey(table="bookings_reservation", column="rate_plan_id", references="inventory_rateplan"),
        CrossAppForeignKey(table="bookings_reservationnight", column="room_type_id", references="inventory_roomtype"),
    ]
