-- Appends what a statement changed (rows tile_geom, _at, sign +1 or -1): one line a finest cell and
-- day, to nothing that another writer holds. `settle_counts` adds it to the coarser counts later.
INSERT INTO public.{changes} (face_id, day, qx, qy, n)
SELECT {face_id}, floor((date_part('epoch', _at) + {offset_s}) / {day_s})::int,
       floor((ST_X(tile_geom) / 40075016.6855785 + 0.5) * (1 << {finest}))::int,
       floor((0.5 - ST_Y(tile_geom) / 40075016.6855785) * (1 << {finest}))::int,
       sum(sign)
FROM ({signed}) AS changed
WHERE tile_geom IS NOT NULL
GROUP BY 2, 3, 4 HAVING sum(sign) <> 0
