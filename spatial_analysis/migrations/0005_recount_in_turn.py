"""Recounts wait for their turn: in a flood of reports they would keep every other job waiting."""

from importlib import import_module

from django.db import migrations

BEFORE = import_module("spatial_analysis.migrations.0004_report_changes").NOTE
FUNCTION = BEFORE.split("CREATE TRIGGER")[0].replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
IN_TURN = FUNCTION.replace("', 10, '", "', 0, '")


class Migration(migrations.Migration):
    dependencies = [("spatial_analysis", "0004_report_changes")]
    operations = [migrations.RunSQL(IN_TURN, FUNCTION)]
