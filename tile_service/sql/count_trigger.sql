
-- Appends what a statement changed in the counts of one face; now and then settles them.
BEGIN
    IF NOT EXISTS (SELECT FROM public.{faces} WHERE id = {face_id} AND counted) THEN
        RETURN NULL;
    END IF;
    IF TG_OP = 'INSERT' THEN
        {inserted};
    ELSIF TG_OP = 'UPDATE' THEN
        {updated};
    ELSIF TG_OP = 'DELETE' THEN
        {deleted};
    ELSE
        DELETE FROM public.{table} WHERE face_id = {face_id};
        RETURN NULL;
    END IF;
    IF (SELECT count(*) FROM (SELECT FROM public.{table} WHERE face_id = {face_id} AND NOT settled
                              LIMIT {most} + 1) AS waiting) > {most}
       AND pg_try_advisory_xact_lock({lock}, {face_id}) THEN
        WITH gone AS (
            DELETE FROM public.{table} WHERE face_id = {face_id} AND NOT settled
            RETURNING level, span, day, qx, qy, n
        )
        INSERT INTO public.{table} AS held (face_id, level, span, day, qx, qy, n, settled)
        SELECT {face_id}, level, span, day, qx, qy, sum(n), true FROM gone
        GROUP BY level, span, day, qx, qy HAVING sum(n) <> 0 ORDER BY level, span, day, qx, qy
        ON CONFLICT (face_id, level, span, day, qx, qy) WHERE settled
        DO UPDATE SET n = held.n + excluded.n;
    END IF;
    RETURN NULL;
END
