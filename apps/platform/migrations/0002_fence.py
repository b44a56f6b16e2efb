"""Fencing tokens come from PostgreSQL: they grow even when every lock node forgets everything."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("platform", "0001_initial")]
    operations = [migrations.RunSQL("CREATE SEQUENCE platform_fence", "DROP SEQUENCE platform_fence")]
