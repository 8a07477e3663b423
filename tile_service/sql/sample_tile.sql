-- One vector tile of those rows whose ids have the lowest hashes: the same at every zoom, and spread
-- over the tile: $1 zoom, $2 column, $3 row, $4 most rows{window_words}. Its notice tells the total.
WITH held AS (
    SELECT feature_id, {columns}{geometry}
    FROM {view}
    WHERE tile_geom && ST_TileEnvelope($1, $2, $3, margin => {margin}){window}
    ORDER BY hashint8extended(feature_id, 0)
    LIMIT $4
), whole AS (
    SELECT ST_AsMVT(shown, '{slug}', 4096, 'shape', 'feature_id') AS data, count(*) AS number
    FROM (
        SELECT {shown}feature_id, ST_AsMVTGeom(tile_geom,
            (SELECT ST_TileEnvelope($1, $2, $3)::box2d), 4096, {buffer}, true) AS shape
        FROM (SELECT * FROM held ORDER BY feature_id OFFSET 0) AS held
    ) AS shown
)
SELECT data{notice}{names}, number, true
FROM whole
