"""The entries of one batch are found at once. Built while the log is written to."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('platform', '0005_audit_batch'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='auditentry',
            index=models.Index(condition=models.Q(('batch__isnull', False)), fields=['batch'], name='audit_of_batch'),
        ),
    ]
