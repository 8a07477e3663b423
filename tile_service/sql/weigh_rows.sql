-- How many of a face's first rows were weighed, and their bytes in a tile with all columns and with
-- those that are drawn; each lies in the middle of a tile twice {half_m} m wide.
WITH shaped AS MATERIALIZED (
    SELECT {columns}feature_id, ST_AsMVTGeom(tile_geom,
        ST_Expand(ST_Centroid(tile_geom), {half_m})::box2d, 4096, {buffer}, true) AS shape
    FROM (SELECT * FROM ({select}) AS face WHERE tile_geom IS NOT NULL LIMIT {most}) AS face
)
SELECT count(*),
    (SELECT length(ST_AsMVT(one, '{slug}', 4096, 'shape', 'feature_id'))
        FROM (SELECT {shown}feature_id, shape FROM shaped) AS one),
    (SELECT length(ST_AsMVT(one, '{slug}', 4096, 'shape', 'feature_id'))
        FROM (SELECT {lean}feature_id, shape FROM shaped) AS one)
FROM shaped
