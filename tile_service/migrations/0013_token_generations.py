"""A change of somebody's roles, password or account withdraws their tile tokens, however it is made."""

from django.db import migrations

WITHDRAW = """
CREATE OR REPLACE FUNCTION public.tile_service_withdraw() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
    person text;
BEGIN
    IF TG_TABLE_NAME = 'auth_user' THEN
        person := OLD.id;
    ELSIF TG_OP = 'DELETE' THEN
        person := OLD.user_id;
    ELSE
        person := NEW.user_id;
    END IF;
    INSERT INTO public.tile_service_tokengeneration (holder, generation) VALUES ('u' || person, 1)
    ON CONFLICT (holder) DO UPDATE
    SET generation = public.tile_service_tokengeneration.generation + 1, at = now();
    PERFORM pg_notify('tile_changes', '');
    RETURN NULL;
END
$$;
CREATE TRIGGER tile_withdraw_roles AFTER INSERT OR UPDATE OR DELETE ON public.auth_user_groups
FOR EACH ROW EXECUTE FUNCTION public.tile_service_withdraw();
CREATE TRIGGER tile_withdraw_account AFTER UPDATE ON public.auth_user
FOR EACH ROW WHEN (OLD.is_active IS DISTINCT FROM NEW.is_active
                   OR OLD.is_superuser IS DISTINCT FROM NEW.is_superuser
                   OR OLD.password IS DISTINCT FROM NEW.password)
EXECUTE FUNCTION public.tile_service_withdraw();
CREATE TRIGGER tile_withdraw_person AFTER DELETE ON public.auth_user
FOR EACH ROW EXECUTE FUNCTION public.tile_service_withdraw();
"""
UNDONE = """
DROP FUNCTION IF EXISTS public.tile_service_withdraw() CASCADE
"""


class Migration(migrations.Migration):
    dependencies = [
        ("tile_service", "0012_boxes"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]
    operations = [migrations.RunSQL(WITHDRAW, UNDONE)]
