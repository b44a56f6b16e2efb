"""The ledger of the counters. A trigger refuses to alter or delete what is in it, whoever asks.

What was counted before it came is its opening balance. A sale of an older release, at work beside this migration or
after it, is not in there: `check_invariants` names such a night, and its `--repair` writes the balance.
"""

from django.db import migrations, models

_REFUSE = """
CREATE FUNCTION inventory_ledger_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'movements are only ever added' USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER inventory_ledger_only_grows BEFORE UPDATE OR DELETE ON inventory_movement
   FOR EACH ROW EXECUTE FUNCTION inventory_ledger_only_grows();
"""
_ALLOW = """
DROP TRIGGER inventory_ledger_only_grows ON inventory_movement;
DROP FUNCTION inventory_ledger_only_grows();
"""
_OPEN = """
INSERT INTO inventory_movement (at, room_type_id, arrival, departure, held_delta, sold_delta, cause)
SELECT now(), room_type_id, night, night + 1, held, sold, 'opening'
  FROM inventory_roomnight WHERE held <> 0 OR sold <> 0 ORDER BY room_type_id, night
"""


class Migration(migrations.Migration):

    dependencies = [
        ('inventory', '0002_pricing_restrictions_and_charges'),
    ]

    operations = [
        migrations.CreateModel(
            name='Movement',
            fields=[
                ('id', models.UUIDField(db_default=models.Func(function='uuidv7'), editable=False, primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
                ('reservation_id', models.UUIDField(help_text='None: a balance of the ledger itself.', null=True)),
                ('room_type_id', models.UUIDField()),
                ('arrival', models.DateField()),
                ('departure', models.DateField()),
                ('held_delta', models.IntegerField()),
                ('sold_delta', models.IntegerField()),
                ('cause', models.TextField()),
            ],
            options={
                'indexes': [models.Index(fields=['room_type_id', 'arrival'], name='movement_of_night')],
                'constraints': [models.CheckConstraint(condition=models.Q(('departure__gt', models.F('arrival'))), name='movement_has_a_night')],
            },
        ),
        migrations.RunSQL(_OPEN, migrations.RunSQL.noop),
        migrations.RunSQL(_REFUSE, _ALLOW),
    ]
