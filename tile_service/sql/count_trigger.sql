
-- Appends what a statement changed in the counts of one face: its writer waits for nobody.
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
        DELETE FROM public.{changes} WHERE face_id = {face_id};
    END IF;
    RETURN NULL;
END
