import django.db.models.deletion
from django.db import migrations, models

_KEEP = """
CREATE FUNCTION inventory_room_types_with_nights_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM inventory_roomnight WHERE room_type_id = OLD.id) THEN
        RAISE EXCEPTION 'the room type has nights: archive it' USING ERRCODE = 'foreign_key_violation';
    END IF;
    RETURN OLD;
END
$$;
CREATE TRIGGER inventory_room_types_with_nights_stay BEFORE DELETE ON inventory_roomtype
   FOR EACH ROW EXECUTE FUNCTION inventory_room_types_with_nights_stay();
"""
_LET_GO = """
DROP TRIGGER inventory_room_types_with_nights_stay ON inventory_roomtype;
DROP FUNCTION inventory_room_types_with_nights_stay();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('inventory', '0007_sandboxes'),
    ]

    operations = [
        # First the trigger: at no time may a room type with nights be deleted.
        migrations.RunSQL(_KEEP, _LET_GO),
        migrations.AlterField(
            model_name='roomnight',
            name='room_type',
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                to='inventory.roomtype',
            ),
        ),
    ]
