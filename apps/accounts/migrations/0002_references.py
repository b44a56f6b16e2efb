"""The scope of a membership is a hotel: opaque to the code of this app, a real foreign key in the database."""

from django.db import migrations

from apps.platform.db import CrossAppForeignKey


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial"), ("inventory", "0001_initial")]
    operations = [CrossAppForeignKey(table="accounts_membership", column="scope_id", references="inventory_hotel")]
