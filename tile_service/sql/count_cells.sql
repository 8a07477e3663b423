-- Adds rows (tile_geom, _at, sign +1 or -1) up by grid cell, with and without their day.
INSERT INTO public.{table} (face_id, level, day, qx, qy, n, settled)
SELECT {face_id}, grid.level, CASE WHEN grid.by_day
           THEN floor((extract(epoch FROM _at) + {offset_s}) / {day_s})::int ELSE {all_days} END,
       floor((ST_X(tile_geom) / 40075016.6855785 + 0.5) * (1 << grid.level))::int,
       floor((0.5 - ST_Y(tile_geom) / 40075016.6855785) * (1 << grid.level))::int,
       sum(sign), {settled}
FROM ({signed}) AS changed CROSS JOIN (VALUES {levels}) AS grid (level, by_day)
WHERE tile_geom IS NOT NULL AND NOT (grid.by_day AND _at IS NULL)
GROUP BY 2, 3, 4, 5 HAVING sum(sign) <> 0
