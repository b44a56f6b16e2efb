"""Real foreign keys to the tables of other apps, which the code knows by id only."""

from django.db import migrations

from apps.platform.db import CrossAppForeignKey


class Migration(migrations.Migration):
    dependencies = [("reviews", "0001_initial"), ("bookings", "0002_references")]
    operations = [
        CrossAppForeignKey(table="reviews_review", column="hotel_id", references="inventory_hotel"),
        CrossAppForeignKey(table="reviews_review", column="reservation_id", references="bookings_reservation"),
        CrossAppForeignKey(table="reviews_review", column="account_id", references="accounts_user"),
    ]
