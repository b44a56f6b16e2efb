"""Runs of handlers on messages that came more than once are counted, for those that end their worker."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('platform', '0003_audit_log'),
    ]

    operations = [
        migrations.CreateModel(
            name='RepeatedRun',
            fields=[
                ('pk', models.CompositePrimaryKey('handler', 'message_id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('handler', models.TextField()),
                ('message_id', models.UUIDField()),
                ('runs', models.IntegerField(help_text='With the first one, of which nothing was noted.')),
            ],
            options={
                'indexes': [models.Index(fields=['message_id'], name='repeated_run_message')],
            },
        ),
    ]
