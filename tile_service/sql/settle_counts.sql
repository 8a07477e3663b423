
-- Adds the `most` oldest changes to the stored counts of every level and span; how many they were.
-- One at a time: whoever finds another at it (or counting anew) leaves it to the next turn.
DECLARE
    taken bigint;
BEGIN
    IF NOT pg_try_advisory_xact_lock({lock}) THEN
        RETURN 0;
    END IF;
    WITH gone AS (
        DELETE FROM public.{changes}
        WHERE id IN (SELECT id FROM public.{changes} ORDER BY id LIMIT most)
        RETURNING face_id, day, qx, qy, n
    ), added AS (
        INSERT INTO public.{table} AS held (face_id, level, span, day, qx, qy, n)
        SELECT face_id, grid.level, grid.span,
               CASE WHEN grid.span = 0 THEN 0 ELSE day / grid.span * grid.span END,
               qx >> ({finest} - grid.level), qy >> ({finest} - grid.level), sum(n)
        FROM gone CROSS JOIN (VALUES {levels}) AS grid (level, span)
        WHERE grid.span = 0 OR day IS NOT NULL
        GROUP BY 1, 2, 3, 4, 5, 6 HAVING sum(n) <> 0 ORDER BY 1, 2, 3, 4, 5, 6
        ON CONFLICT (face_id, level, span, day, qx, qy) DO UPDATE SET n = held.n + excluded.n
    )
    SELECT count(*) INTO taken FROM gone;
    RETURN taken;
END
