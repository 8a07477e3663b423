    || coalesce((SELECT ST_AsMVT(named, '{slug}-label', 4096, 'shape', 'feature_id') FROM (
           SELECT feature_id, {label} AS {label_as}, ST_AsMVTGeom(ST_PointOnSurface(tile_geom),
               (SELECT ST_TileEnvelope($1, $2, $3)::box2d), 4096, 0, true) AS shape
           FROM (SELECT * FROM (
               SELECT * FROM held ORDER BY ST_Area(tile_geom) DESC, feature_id LIMIT {most_names}
           ) AS largest ORDER BY feature_id OFFSET 0) AS held
       ) AS named), ''::bytea)
