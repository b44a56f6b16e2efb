"""Real foreign keys to the tables of other apps, which the code knows by id only."""

from django.db import migrations

from apps.platform.db import CrossAppForeignKey


class Migration(migrations.Migration):
    dependencies = [("notifications", "0001_initial"), ("accounts", "0001_initial")]
    operations = [CrossAppForeignKey(table="notifications_delivery", column="account_id", references="accounts_user")]
