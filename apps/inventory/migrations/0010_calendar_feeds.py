"""The version of the address at which others read when a room type is full."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('inventory', '0009_hours_of_grace'),
    ]

    operations = [
        migrations.AddField(
            model_name='roomtype',
            name='feed_version',
            field=models.PositiveSmallIntegerField(db_default=1, default=1, editable=False, help_text='The address of its calendar is made from it: another number, another address.'),
        ),
    ]
