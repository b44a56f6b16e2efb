"""Entries of the audit log that belong to one save share a batch."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('platform', '0004_repeated_runs'),
    ]

    operations = [
        migrations.AddField(
            model_name='auditentry',
            name='batch',
            field=models.UUIDField(blank=True, help_text='The same for all that was changed by one save.', null=True),
        ),
    ]
