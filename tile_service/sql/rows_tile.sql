-- One vector tile of rows: $1 zoom, $2 column, $3 row, $4 most rows{window_words}; gives the tile, how
-- many rows it holds, and whether those are too many: then what was drawn, if anything, is no tile.
-- The condition on tile_geom stands bare, so that its index serves it. Rows flow from the index
-- through one sort (by id: bytes are stable) into the tile, stored nowhere on their way; OFFSET 0
-- holds the sort before the shapes are made. Rows without a shape are left out by ST_AsMVT itself.
-- A face that holds so many rows that some tile may be too heavy has them counted first: in its
-- stored counts, else as they are read, once for counting and drawing.
WITH {few}held AS {as_held}(
    {held}
    LIMIT $4 + 1
), whole AS (
    SELECT ST_AsMVT(shown, '{slug}', 4096, 'shape', 'feature_id') AS data, count(*) AS number
    FROM (
        SELECT {shown}feature_id, ST_AsMVTGeom(tile_geom,
            (SELECT ST_TileEnvelope($1, $2, $3)::box2d), 4096, {buffer}, true) AS shape
        FROM (SELECT * FROM held ORDER BY feature_id OFFSET 0) AS held
    ) AS shown
)
SELECT data{notice}{names}, {number}, {too_many}
FROM whole
