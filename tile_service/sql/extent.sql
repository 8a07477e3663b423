-- Where and when a view's rows are: x0, y0, x1, y1 in Web Mercator metres, first and last moment.
-- The outermost rows are the nearest ones to lines beyond the world's edges: four looks into the
-- spatial index, where ST_Extent would read every row.
SELECT
    (SELECT ST_XMin(tile_geom) FROM {view} WHERE tile_geom IS NOT NULL
     ORDER BY tile_geom <-> 'SRID=3857;LINESTRING(-3e7 -3e7, -3e7 3e7)'::geometry LIMIT 1),
    (SELECT ST_YMin(tile_geom) FROM {view} WHERE tile_geom IS NOT NULL
     ORDER BY tile_geom <-> 'SRID=3857;LINESTRING(-3e7 -3e7, 3e7 -3e7)'::geometry LIMIT 1),
    (SELECT ST_XMax(tile_geom) FROM {view} WHERE tile_geom IS NOT NULL
     ORDER BY tile_geom <-> 'SRID=3857;LINESTRING(3e7 -3e7, 3e7 3e7)'::geometry LIMIT 1),
    (SELECT ST_YMax(tile_geom) FROM {view} WHERE tile_geom IS NOT NULL
     ORDER BY tile_geom <-> 'SRID=3857;LINESTRING(-3e7 3e7, 3e7 3e7)'::geometry LIMIT 1),
    {first}, {last}
