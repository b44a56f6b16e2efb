"""The read model that search orders by totals with, and indexes for its other orders.

The rows come from the job that generates inventory; until then search is right and slow.
"""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models
from django.db.models.functions import Cast, Coalesce, Lower

sums = django.contrib.postgres.fields.ArrayField


class Migration(migrations.Migration):
    dependencies = [("inventory", "0003_ledger_of_movements")]

    operations = [
        migrations.CreateModel(
            name="LowestRate",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "month", "hotel_id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("month", models.DateField(help_text="Its first day.")),
                (
                    "hotel",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.CASCADE, to="inventory.hotel"
                    ),
                ),
                ("for_one", sums(models.BigIntegerField(), help_text="For a room with an adult or more.", size=None)),
                ("for_two", sums(models.BigIntegerField(), help_text="For a room with two adults or more.", size=None)),
                (
                    "for_more",
                    sums(models.BigIntegerField(), help_text="For a room with three adults or more.", size=None),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="hotel",
            index=models.Index(
                Lower("city"),
                Coalesce(Cast(models.F("rating_average") * -100, models.IntegerField()), 1),
                models.F("rating_count") * -1,
                models.F("id"),
                name="hotel_city_rating",
            ),
        ),
        migrations.AddIndex(
            model_name="hotel", index=models.Index(fields=["latitude", "longitude"], name="hotel_place")
        ),
    ]
