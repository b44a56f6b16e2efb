"""When the guests of a booking were forgotten. Nullable, without a default: old code goes on beside it."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('bookings', '0002_references'),
    ]

    operations = [
        migrations.AddField(
            model_name='booking',
            name='erased_at',
            field=models.DateTimeField(blank=True, help_text='Since then it names nobody.', null=True),
        ),
    ]
