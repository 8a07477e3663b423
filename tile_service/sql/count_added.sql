-- Adds counts of one level and span up to those of a coarser one.
INSERT INTO public.{table} (face_id, level, span, day, qx, qy, n)
SELECT face_id, {into}, {wider}, CASE WHEN {wider} = 0 THEN 0 ELSE day / {wider} * {wider} END,
       qx >> ({level} - {into}), qy >> ({level} - {into}), sum(n)
FROM public.{table}
WHERE face_id = {face_id} AND level = {level} AND span = {span}
GROUP BY 1, 4, 5, 6 ORDER BY 4, 5, 6
