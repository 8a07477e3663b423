-- Counts rows (tile_geom, _at) by grid cell and span of days.
INSERT INTO public.{table} (face_id, level, span, day, qx, qy, n)
SELECT {face_id}, grid.level, grid.span, CASE WHEN grid.span = 0 THEN 0
           ELSE floor((date_part('epoch', _at) + {offset_s}) / {day_s})::int
                / grid.span * grid.span END,
       floor((ST_X(tile_geom) / 40075016.6855785 + 0.5) * (1 << grid.level))::int,
       floor((0.5 - ST_Y(tile_geom) / 40075016.6855785) * (1 << grid.level))::int,
       count(*)
FROM ({rows}) AS face CROSS JOIN (VALUES {levels}) AS grid (level, span)
WHERE tile_geom IS NOT NULL AND (grid.span = 0 OR _at IS NOT NULL)
GROUP BY 2, 3, 4, 5, 6 ORDER BY 2, 3, 4, 5, 6
