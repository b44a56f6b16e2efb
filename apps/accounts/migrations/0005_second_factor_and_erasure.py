"""Second factors, what hotels ask of their staff, erased accounts; and one question that other apps ask in SQL."""

import django.db.models.deletion
import uuid_utils.compat
from django.conf import settings
from django.db import migrations, models

from apps.platform.db import CrossAppForeignKey


# Whoever writes a booking asks this in the same statement: a guest's booking costs no statement more for it.
_IS_STAFF = """
CREATE FUNCTION accounts_is_staff(uuid) RETURNS boolean LANGUAGE sql STABLE AS
$$ SELECT EXISTS (SELECT 1 FROM accounts_user WHERE id = $1 AND is_staff AND is_active) $$
"""


class Migration(migrations.Migration):

    dependencies = [
        ("inventory", "0001_initial"),
        ('accounts', '0004_tokens_and_tries'),
    ]

    operations = [
        migrations.CreateModel(
            name='ScopeRule',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('scope_id', models.UUIDField(unique=True)),
                ('needs_second_factor', models.BooleanField(default=False)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.AddField(
            model_name='user',
            name='erased_at',
            field=models.DateTimeField(blank=True, editable=False, help_text='Since then nothing here tells who it was.', null=True),
        ),
        migrations.CreateModel(
            name='SecondFactor',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('sealed_secret', models.TextField(help_text='Encrypted under SECRET_KEY.')),
                ('confirmed_at', models.DateTimeField(null=True)),
                ('last_step', models.BigIntegerField(default=0, help_text='Of the last code taken: none up to it works again.')),
                ('created_at', models.DateTimeField()),
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='second_factor', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='RecoveryCode',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('digest', models.CharField(max_length=64)),
                ('used_at', models.DateTimeField(null=True)),
                ('factor', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='recovery_codes', to='accounts.secondfactor')),
            ],
            options={
                'abstract': False,
            },
        ),
        CrossAppForeignKey(table="accounts_scoperule", column="scope_id", references="inventory_hotel"),
        migrations.RunSQL(_IS_STAFF, "DROP FUNCTION accounts_is_staff(uuid)"),
    ]
