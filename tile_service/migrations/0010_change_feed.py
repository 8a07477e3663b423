"""The function behind the change feed: notes a touched table in the same transaction, and wakes."""

from django.db import migrations

TOUCHED = """
CREATE OR REPLACE FUNCTION public.tile_service_touched() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
    something boolean := true;
BEGIN
    IF TG_ARGV[0] = 'rows' THEN
        SELECT EXISTS (SELECT FROM changed) INTO something;
    END IF;
    IF something THEN
        INSERT INTO public.tile_service_outbox (relation) VALUES (TG_TABLE_NAME);
        PERFORM pg_notify('tile_changes', '');
    END IF;
    RETURN NULL;
END
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("tile_service", "0001_initial")]
    operations = [
        migrations.RunSQL(TOUCHED, "DROP FUNCTION IF EXISTS public.tile_service_touched() CASCADE"),
    ]
