-- One vector tile of rows: $1 zoom, $2 column, $3 row, $4 most rows{window_words}.
-- The condition on tile_geom stands bare, so that its index serves it; ST_AsMVTGeom and the
-- names come after the limit. Which rows fall to the limit is decided by a hash of the id: the
-- same at every zoom, and spread over the tile. Rows are ordered, so that bytes are stable.
-- Where stored counts tell that a tile holds too many rows, none is read: clusters take over.
WITH {few}found AS MATERIALIZED (
    SELECT feature_id, {columns}{geometry} AS tile_geom
    FROM {source}
    WHERE tile_geom && ST_TileEnvelope($1, $2, $3, margin => {margin}){window}{if_few}
    ORDER BY hashint8extended(feature_id, 0)
    LIMIT $4 + 1
), kept AS (
    SELECT * FROM found ORDER BY hashint8extended(feature_id, 0) LIMIT $4
), shown AS (
    SELECT {shown}feature_id,
           ST_AsMVTGeom(tile_geom, ST_TileEnvelope($1, $2, $3), 4096, {buffer}, true) AS shape
    FROM kept ORDER BY feature_id
), cut AS (
    SELECT (SELECT count(*) FROM found) > $4{or_many} AS it_was
), notice AS (
    SELECT '{slug}' AS layer, (SELECT count(*) FROM kept) AS shown,
           CASE WHEN it_was THEN 'sample' ELSE 'columns' END AS step,
           ST_Point(2048, 2048) AS shape, (
        SELECT count(*) FROM {view}
        WHERE tile_geom && ST_TileEnvelope($1, $2, $3, margin => {margin}){window}{if_few}
    ) AS total
    FROM cut WHERE it_was{always}
)
SELECT coalesce((SELECT ST_AsMVT(shown, '{slug}', 4096, 'shape', 'feature_id')
                 FROM shown WHERE shape IS NOT NULL), ''::bytea)
    || coalesce((SELECT ST_AsMVT(notice, '_notice', 4096, 'shape') FROM notice), ''::bytea){names},
    (SELECT count(*) FROM kept), (SELECT it_was FROM cut)
