
-- A table joined to the face changed: its counts hold no more until they are made anew.
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF NOT EXISTS (SELECT to_jsonb(gone) FROM gone EXCEPT SELECT to_jsonb(fresh) FROM fresh) THEN
            RETURN NULL;
        END IF;
    END IF;
    UPDATE public.{faces} SET counted = false WHERE id = {face_id} AND counted;
    RETURN NULL;
END
