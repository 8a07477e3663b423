"""Changes of stored counts get a small table of their own; all is counted anew when published."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """A line a finest cell and day instead of one a level and span."""

    dependencies = [("tile_service", "0013_token_generations")]

    operations = [
        migrations.CreateModel(
            name="CellChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "day",
                    models.IntegerField(
                        help_text="from 1970 in the city's time; none: no time", null=True
                    ),
                ),
                ("qx", models.IntegerField()),
                ("qy", models.IntegerField()),
                ("n", models.BigIntegerField()),
                (
                    "face",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="changes",
                        to="tile_service.publishedlayer",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["face", "qx", "qy"], name="count_change_place"),
                ],
            },
        ),
        # Publishing counts anew after every migration, as its triggers went with the schema.
        migrations.RunSQL("TRUNCATE tile_service_cellcount", migrations.RunSQL.noop),
        migrations.RemoveConstraint(model_name="cellcount", name="one_settled_count_a_cell"),
        migrations.RemoveIndex(model_name="cellcount", name="count_unsettled"),
        migrations.RemoveField(model_name="cellcount", name="settled"),
        migrations.AddConstraint(
            model_name="cellcount",
            constraint=models.UniqueConstraint(
                fields=("face", "level", "span", "day", "qx", "qy"), name="one_count_a_cell"
            ),
        ),
    ]
