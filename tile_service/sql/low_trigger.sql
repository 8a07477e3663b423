
-- Drops the low shapes of rows whose geometry changed; with neighbours, all of the face.
DECLARE
    dropped boolean;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        WITH moved AS (
            SELECT gone.{key} AS key FROM gone LEFT JOIN fresh ON fresh.{key} = gone.{key}
            WHERE fresh.{geometry} IS DISTINCT FROM gone.{geometry}
               OR NOT coalesce(ST_OrderingEquals(fresh.{geometry}, gone.{geometry}), false)
        ), away AS (
            DELETE FROM public.{table}
            WHERE face_id = {face_id} AND EXISTS (SELECT FROM moved) AND {those} RETURNING 1
        )
        SELECT EXISTS (SELECT FROM away) INTO dropped;
    ELSIF TG_OP = 'TRUNCATE' OR {whole} THEN
        DELETE FROM public.{table} WHERE face_id = {face_id};
        dropped := true;
    END IF;
    IF dropped THEN
        UPDATE public.{faces} SET low_digest = '' WHERE id = {face_id} AND low_digest <> '';
    END IF;
    RETURN NULL;
END
