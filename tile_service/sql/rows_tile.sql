-- One vector tile of rows: $1 zoom, $2 column, $3 row, $4 most rows{window_words}.
-- The condition on tile_geom stands bare, so that its index serves it. Rows flow from the index
-- through one sort (by id: bytes are stable) into the tile, stored nowhere on their way; OFFSET 0
-- holds the sort before the shapes are made. Rows without a shape are left out by ST_AsMVT itself.
-- A tile that proves to hold too many is drawn again from those of the lowest hashes of their ids:
-- the same at every zoom, and spread over the tile; of one that is known to ($4 below zero), these
-- are all that is drawn.
-- Where stored counts tell that a tile holds too many rows, none is read: clusters take over.
WITH {few}held AS (
    SELECT feature_id, {columns}{geometry} AS tile_geom
    FROM {source}
    WHERE tile_geom && ST_TileEnvelope($1, $2, $3, margin => {margin}){window}{if_few}
    LIMIT greatest($4 + 1, 0)
), whole AS MATERIALIZED (
    SELECT ST_AsMVT(shown, '{slug}', 4096, 'shape', 'feature_id') AS data, count(*) AS number
    FROM (
        SELECT {shown}feature_id, ST_AsMVTGeom(
            tile_geom, (SELECT ST_TileEnvelope($1, $2, $3)), 4096, {buffer}, true) AS shape
        FROM (SELECT * FROM held ORDER BY feature_id OFFSET 0) AS held
    ) AS shown
), cut AS MATERIALIZED (
    SELECT number > $4{or_many} AS it_was FROM whole
), sample AS (
    SELECT feature_id, {columns}{geometry} AS tile_geom
    FROM {source}
    WHERE tile_geom && ST_TileEnvelope($1, $2, $3, margin => {margin}){window}{if_few}
      AND (SELECT it_was FROM cut)
    ORDER BY hashint8extended(feature_id, 0)
    LIMIT abs($4)
), part AS MATERIALIZED (
    SELECT ST_AsMVT(shown, '{slug}', 4096, 'shape', 'feature_id') AS data, count(*) AS number
    FROM (
        SELECT {shown}feature_id, ST_AsMVTGeom(
            tile_geom, (SELECT ST_TileEnvelope($1, $2, $3)), 4096, {buffer}, true) AS shape
        FROM (SELECT * FROM sample ORDER BY feature_id OFFSET 0) AS sample
    ) AS shown
), drawn AS MATERIALIZED (
    SELECT data, number FROM whole WHERE NOT (SELECT it_was FROM cut)
    UNION ALL
    SELECT data, number FROM part WHERE (SELECT it_was FROM cut)
), notice AS (
    SELECT '{slug}' AS layer, (SELECT number FROM drawn) AS shown,
           CASE WHEN it_was THEN 'sample' ELSE 'columns' END AS step,
           ST_Point(2048, 2048) AS shape, CASE WHEN it_was THEN (
        SELECT count(*) FROM {view}
        WHERE tile_geom && ST_TileEnvelope($1, $2, $3, margin => {margin}){window}{if_few}
    ) ELSE (SELECT number FROM drawn) END AS total
    FROM cut WHERE it_was{always}
)
SELECT coalesce((SELECT data FROM drawn), ''::bytea)
    || coalesce((SELECT ST_AsMVT(notice, '_notice', 4096, 'shape') FROM notice), ''::bytea){names},
    (SELECT number FROM drawn), (SELECT it_was FROM cut)
