"""Who is in the house, and whose nights are kept still, is found at once. Built while guests come and go."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('bookings', '0006_payments'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='reservation',
            index=models.Index(condition=models.Q(('status', 'checked_in')), fields=['hotel_id'], name='reservation_in_house'),
        ),
        AddIndexConcurrently(
            model_name='reservation',
            index=models.Index(condition=models.Q(('status', 'no_show')), fields=['departure'], name='reservation_no_shows'),
        ),
    ]
