"""What the tables rest on: PostGIS, trigram search, and the wall that no bad geometry passes."""

from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations

# Names stay qualified, or a restored dump cannot create the constraint.
GEO_OK = """
CREATE OR REPLACE FUNCTION public.geo_ok(g public.geometry) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT g IS NULL OR (
    NOT public.ST_IsEmpty(g)
    AND public.ST_NPoints(g) BETWEEN 1 AND 100000
    AND public.ST_IsValid(g)
    AND NOT EXISTS (
      SELECT 1 FROM public.ST_DumpPoints(g) AS p
      WHERE (public.ST_X(p.geom) BETWEEN -180 AND 180
             AND public.ST_Y(p.geom) BETWEEN -90 AND 90) IS NOT TRUE))
$$;
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.RunSQL("CREATE EXTENSION IF NOT EXISTS postgis", migrations.RunSQL.noop),
        TrigramExtension(),
        migrations.RunSQL(GEO_OK, "DROP FUNCTION IF EXISTS public.geo_ok(public.geometry)"),
    ]
