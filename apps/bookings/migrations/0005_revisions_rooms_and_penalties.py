"""What a booking was like at each revision, the room of each night, and what giving a stay up has cost."""

import django.db.models.deletion
from django.db import migrations, models

from apps.platform.db import CrossAppForeignKey

# Erasing a guest takes the name out of old states too, and says so to the transaction first.
_REFUSE = """
CREATE FUNCTION bookings_revisions_only_grow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND current_setting('bookings.erasing', true) = 'on' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'revisions are only ever added' USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER bookings_revisions_only_grow BEFORE UPDATE OR DELETE ON bookings_revision
   FOR EACH ROW EXECUTE FUNCTION bookings_revisions_only_grow();
"""
_ALLOW = """
DROP TRIGGER bookings_revisions_only_grow ON bookings_revision;
DROP FUNCTION bookings_revisions_only_grow();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('bookings', '0004_charges_and_terms_of_a_stay'),
        ('inventory', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Revision',
            fields=[
                ('pk', models.CompositePrimaryKey('booking_id', 'revision', blank=True, editable=False, primary_key=True, serialize=False)),
                ('booking', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='revisions', to='bookings.booking')),
                ('revision', models.PositiveIntegerField()),
                ('at', models.DateTimeField()),
                ('actor', models.TextField(help_text='The principal of who made the change.')),
                ('action', models.CharField(max_length=20)),
                ('reason', models.TextField(blank=True, help_text='In the words of who made it.')),
                ('state', models.JSONField(help_text='The rows of the booking, its reservations and their nights, since then.')),
            ],
        ),
        migrations.AddField(
            model_name='booking',
            name='manage_version',
            field=models.PositiveSmallIntegerField(db_default=1, default=1, help_text='The secret link of its guest is made from it: another number, another link.'),
        ),
        migrations.AddField(
            model_name='reservation',
            name='cancellation_policy',
            field=models.JSONField(help_text='The rules behind the terms, frozen when it was booked: for other dates, other terms.', null=True),
        ),
        migrations.AddField(
            model_name='reservation',
            name='do_not_move',
            field=models.BooleanField(db_default=False, default=False, help_text='The guest was promised this room.'),
        ),
        migrations.AddField(
            model_name='reservation',
            name='no_show_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='reservation',
            name='penalty_minor',
            field=models.BigIntegerField(help_text='What canceling it, or not coming, has cost.', null=True),
        ),
        migrations.AddField(
            model_name='reservationnight',
            name='charged_room_type_id',
            field=models.UUIDField(help_text='What it is charged as, where that is another type: after an upgrade.', null=True),
        ),
        migrations.AddField(
            model_name='reservationnight',
            name='room_id',
            field=models.UUIDField(help_text='The room on whose door the number is, once one is assigned.', null=True),
        ),
        migrations.AlterField(
            model_name='reservationnight',
            name='room_type_id',
            field=models.UUIDField(help_text='Whose inventory it takes: where the guest sleeps.'),
        ),
        migrations.AddConstraint(
            model_name='reservation',
            constraint=models.CheckConstraint(condition=models.Q(('penalty_minor__isnull', True), models.Q(('penalty_minor__gte', 0), ('penalty_minor__lte', models.F('total_minor'))), _connector='OR'), name='reservation_penalty_within_total'),
        ),
        migrations.AddConstraint(
            model_name='reservationnight',
            constraint=models.UniqueConstraint(condition=models.Q(('released_at__isnull', True), ('room_id__isnull', False)), fields=('room_id', 'night'), name='reservation_night_room_once'),
        ),
        CrossAppForeignKey(table="bookings_reservationnight", column="room_id", references="inventory_room"),
        CrossAppForeignKey(
            table="bookings_reservationnight", column="charged_room_type_id", references="inventory_roomtype"
        ),
        migrations.RunSQL(_REFUSE, _ALLOW),
    ]
