"""How a hotel deals with guests who do not come."""

import datetime
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('inventory', '0010_calendar_feeds'),
    ]

    operations = [
        migrations.AddField(
            model_name='hotel',
            name='no_show_by',
            field=models.CharField(choices=[('hand', 'hand'), ('job', 'job')], db_default='hand', default='hand', max_length=8),
        ),
        migrations.AddField(
            model_name='hotel',
            name='no_show_cutoff',
            field=models.TimeField(db_default=datetime.time(3, 0), default=datetime.time(3, 0), help_text='When, on the day after arrival, nobody is waited for any more.'),
        ),
        migrations.AddField(
            model_name='hotel',
            name='no_show_nights',
            field=models.CharField(choices=[('noon', 'noon'), ('at_once', 'at once')], db_default='noon', default='noon', help_text='When the later nights of somebody who did not come are free: at noon of the day after, or at once.', max_length=8),
        ),
    ]
