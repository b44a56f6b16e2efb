"""The audit log of staff changes. A trigger refuses to alter or delete what is in it, whoever asks."""

import uuid_utils.compat
from django.db import migrations, models


_REFUSE = """
CREATE FUNCTION platform_audit_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit entries are only ever added' USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER platform_audit_only_grows BEFORE UPDATE OR DELETE ON platform_auditentry
   FOR EACH ROW EXECUTE FUNCTION platform_audit_only_grows();
"""
_ALLOW = """
DROP TRIGGER platform_audit_only_grows ON platform_auditentry;
DROP FUNCTION platform_audit_only_grows();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('platform', '0002_fence'),
    ]

    operations = [
        migrations.CreateModel(
            name='AuditEntry',
            fields=[
                ('id', models.UUIDField(default=uuid_utils.compat.uuid7, editable=False, primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
                ('actor', models.TextField(help_text='The principal of who did it.')),
                ('scope_id', models.UUIDField(help_text='The hotel that it concerns; none: the platform.', null=True)),
                ('operation', models.TextField()),
                ('object_kind', models.TextField()),
                ('object_id', models.TextField()),
                ('before', models.JSONField(help_text='What differs, as it was.')),
                ('after', models.JSONField(help_text='What differs, as it is since.')),
                ('reason', models.TextField(blank=True, help_text='In the words of who did it.')),
                ('request_id', models.TextField(blank=True, help_text='The same as in the logs.')),
            ],
            options={
                'verbose_name_plural': 'audit entries',
                'indexes': [models.Index(fields=['scope_id', '-id'], name='audit_of_scope'), models.Index(fields=['object_id'], name='audit_of_object', opclasses=['text_pattern_ops']), models.Index(fields=['actor'], name='audit_of_actor')],
            },
        ),
        migrations.RunSQL(_REFUSE, _ALLOW),
    ]
