-- One vector tile of clusters: a point in each grid cell that holds rows, with their number:
-- $1 zoom, $2 column, $3 row, $4 most clusters{window_words}.
-- The grid is fixed to the world and a tile is a whole number of cells wide: each cell, and each
-- row in it, belongs to exactly one tile, so that nothing is counted twice and no seam shows.
-- Counts under the layer's floor are left out: small counts point at persons.
WITH places AS (
{places}), placed AS (
    SELECT floor((at_x + {half_m}) * ({cells_across} << $1) / {world_m})::bigint AS i,
           floor(({half_m} - at_y) * ({cells_across} << $1) / {world_m})::bigint AS j, at_x, at_y, n
    FROM places OFFSET 0
), cells AS (
    SELECT i, j, sum(n)::bigint AS n, sum(at_x * n) / sum(n) AS x, sum(at_y * n) / sum(n) AS y
    FROM placed
    WHERE i BETWEEN $2 * {cells_across} AND ($2 + 1) * {cells_across} - 1
      AND j BETWEEN $3 * {cells_across} AND ($3 + 1) * {cells_across} - 1
    GROUP BY i, j HAVING sum(n) >= {floor}
), shown AS (
    SELECT n, i * 67108864 + j AS feature_id,
           ST_AsMVTGeom(ST_SetSRID(ST_Point(x, y), 3857), (SELECT ST_TileEnvelope($1, $2, $3)),
                        4096, 0, false) AS shape
    FROM cells ORDER BY i, j LIMIT $4
), notice AS (
    SELECT '{slug}' AS layer, (SELECT count(*) FROM shown) AS shown, 'clusters' AS step,
           ST_Point(2048, 2048) AS shape, (SELECT sum(n)::bigint FROM cells) AS total
    WHERE {overflows}
)
SELECT coalesce((SELECT ST_AsMVT(shown, '{slug}-cluster', 4096, 'shape', 'feature_id') FROM shown),
                ''::bytea)
    || coalesce((SELECT ST_AsMVT(notice, '_notice', 4096, 'shape') FROM notice), ''::bytea),
    (SELECT count(*) FROM shown), {overflows}
