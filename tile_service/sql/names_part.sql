    || coalesce((SELECT ST_AsMVT(named, '{slug}-label', 4096, 'shape', 'feature_id') FROM (
           SELECT feature_id, {label} AS {label_as}, ST_AsMVTGeom(
               ST_PointOnSurface(tile_geom), ST_TileEnvelope($1, $2, $3), 4096, 0, true) AS shape
           FROM kept ORDER BY feature_id) AS named WHERE shape IS NOT NULL), ''::bytea)
