"""What the change feed's triggers share: their boxes, and the note of a whole layer.

The triggers themselves are made by `publish_layers`, as they hold the published columns.
"""

from django.db import migrations

MOST_BOXES = 32
BOXES = f"""
CREATE OR REPLACE FUNCTION public.tile_service_boxes(given float8[]) RETURNS float8[]
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog AS $$
-- At most {MOST_BOXES} boxes (x0, y0, x1, y1, still) that hold all of `given`: these themselves
-- without doubles, or, when there are more, what falls together on a grid of 4 by 4 over all of
-- them, still ones apart from others.
WITH boxed AS (
    SELECT given[i][1] AS x0, given[i][2] AS y0, given[i][3] AS x1, given[i][4] AS y1,
           min(given[i][5]) AS still
    FROM generate_subscripts(given, 1) AS i
    WHERE given[i][1] IS NOT NULL
    GROUP BY 1, 2, 3, 4
), whole AS (
    SELECT count(*) AS n, min(x0) AS west, min(y0) AS south,
           nullif(max(x1) - min(x0), 0) AS width, nullif(max(y1) - min(y0), 0) AS height
    FROM boxed
), placed AS (
    SELECT boxed.*, CASE
        WHEN n <= {MOST_BOXES} THEN row_number() OVER (ORDER BY x0, y0, x1, y1)
        ELSE 4 * coalesce(least(3, floor(4 * ((y0 + y1) / 2 - south) / height)), 0)
               + coalesce(least(3, floor(4 * ((x0 + x1) / 2 - west) / width)), 0)
    END AS part
    FROM boxed, whole
), joined AS (
    SELECT min(x0) AS x0, min(y0) AS y0, max(x1) AS x1, max(y1) AS y1, still
    FROM placed GROUP BY part, still
)
SELECT coalesce(array_agg(ARRAY[x0, y0, x1, y1, still] ORDER BY x0, y0, x1, y1, still), '{{}}')
FROM joined
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("tile_service", "0011_deeper_map_and_analyses")]
    operations = [
        migrations.RunSQL(BOXES, "DROP FUNCTION IF EXISTS public.tile_service_boxes(float8[])"),
    ]
