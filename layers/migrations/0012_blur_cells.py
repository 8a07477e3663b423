"""The floor of blur cells, kept by the database: a cell shows its reports from K of them on."""

from django.db import migrations

K_FLOOR = 5  # also stands in catalog/reports/public_places.py
COUNTED = "published_at IS NOT NULL AND NOT practice AND main_report_id IS NULL"
# Reports from before the cells: their places are hidden until the application, after the
# migrations, gives each a cell and a secret place in it.
BEFORE = """
UPDATE layers_report AS held
SET public_geom = CASE WHEN rule.public_precision = 'blur' THEN NULL ELSE held.public_geom END,
    public_kelurahan_id = CASE WHEN rule.public_precision IN ('exact', 'kelurahan')
                               THEN held.kelurahan_id END
FROM layers_category AS rule
WHERE rule.code = held.category_id;
SET CONSTRAINTS ALL IMMEDIATE;
"""
NEVER_TRUE = """
ALTER TABLE layers_report ADD CONSTRAINT report_blurred_shows_its_blurred_place
  CHECK (public_cell = '' OR public_geom IS NULL OR public_geom = blurred_geom);
"""
CELLS = f"""
CREATE FUNCTION public.report_blur_cells() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
-- Shows or hides all reports of each blur cell that a statement touched. What it changes runs
-- through here once more and is found right. Two writers of one cell take turns, or neither would
-- see the other's report and a full cell would stay hidden.
DECLARE
    cells text[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        cells := ARRAY(SELECT DISTINCT public_cell FROM new_rows WHERE public_cell <> '' ORDER BY 1);
    ELSIF TG_OP = 'DELETE' THEN
        cells := ARRAY(SELECT DISTINCT public_cell FROM old_rows WHERE public_cell <> '' ORDER BY 1);
    ELSE
        cells := ARRAY(
            SELECT DISTINCT touched.cell
            FROM old_rows AS was JOIN new_rows AS became USING (id)
            CROSS JOIN LATERAL (VALUES (was.public_cell), (became.public_cell)) AS touched (cell)
            WHERE touched.cell <> '' AND (
                was.public_cell <> became.public_cell
                OR (was.published_at IS NULL) <> (became.published_at IS NULL)
                OR was.practice <> became.practice
                OR (was.main_report_id IS NULL) <> (became.main_report_id IS NULL)
                OR was.public_geom IS DISTINCT FROM became.public_geom
                OR was.blurred_geom IS DISTINCT FROM became.blurred_geom)
            ORDER BY 1);
    END IF;
    IF cardinality(cells) = 0 THEN
        RETURN NULL;
    END IF;
    FOR number IN 1 .. cardinality(cells) LOOP
        PERFORM pg_advisory_xact_lock(7219010, hashtext(cells[number]));
    END LOOP;
    WITH counted AS (
        SELECT cell, {K_FLOOR} <= (SELECT count(*) FROM (
            SELECT FROM layers_report WHERE public_cell = cell AND public_cell <> '' AND {COUNTED}
            LIMIT {K_FLOOR}) AS few) AS enough
        FROM unnest(cells) AS cell
    )
    UPDATE layers_report AS held
    SET public_geom = CASE WHEN counted.enough THEN held.blurred_geom END
    FROM counted
    WHERE held.public_cell = counted.cell AND held.public_cell <> ''
      AND held.public_geom IS DISTINCT FROM CASE WHEN counted.enough THEN held.blurred_geom END;
    RETURN NULL;
END
$$;
CREATE TRIGGER report_blur_insert AFTER INSERT ON layers_report
  REFERENCING NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION public.report_blur_cells();
CREATE TRIGGER report_blur_update AFTER UPDATE ON layers_report
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
  FOR EACH STATEMENT EXECUTE FUNCTION public.report_blur_cells();
CREATE TRIGGER report_blur_delete AFTER DELETE ON layers_report
  REFERENCING OLD TABLE AS old_rows
  FOR EACH STATEMENT EXECUTE FUNCTION public.report_blur_cells();
"""
CELLS_OFF = """
DROP FUNCTION IF EXISTS public.report_blur_cells() CASCADE;
ALTER TABLE layers_report DROP CONSTRAINT IF EXISTS report_blurred_shows_its_blurred_place;
"""
RULES = """
CREATE FUNCTION public.category_rule_changed() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
-- What was shown by the old rule is hidden at once; the application draws new public places.
BEGIN
    UPDATE layers_report
    SET public_geom = NULL, blurred_geom = NULL, public_cell = '', public_kelurahan_id = NULL
    WHERE category_id = NEW.code AND (public_geom IS NOT NULL OR public_cell <> '');
    RETURN NULL;
END
$$;
CREATE TRIGGER category_rule_changed AFTER UPDATE ON layers_category FOR EACH ROW
  WHEN (OLD.public_precision <> NEW.public_precision OR OLD.public_cell_m <> NEW.public_cell_m)
  EXECUTE FUNCTION public.category_rule_changed();
"""


class Migration(migrations.Migration):
    dependencies = [("layers", "0011_deeper_map_and_analyses")]
    operations = [
        migrations.RunSQL(BEFORE, migrations.RunSQL.noop),
        migrations.RunSQL(NEVER_TRUE + CELLS, CELLS_OFF),
        migrations.RunSQL(
            RULES, "DROP FUNCTION IF EXISTS public.category_rule_changed() CASCADE"
        ),
    ]
