-- One vector tile of hexagons, each with the number of rows inside it: $1 zoom, $2 column,
-- $3 row, $4 most hexagons{window_words}.
-- The grid is fixed to the world, not to the tile: neighbouring tiles agree on shared cells.
-- Counts under the layer's floor are left out: small counts point at persons.
WITH cells AS (
    SELECT hex.i, hex.j, hex.geom, count(*) AS n
    FROM ST_HexagonGrid({world_m} / (1 << $1) / {cells_across}.0 / 1.5,
                        ST_TileEnvelope($1, $2, $3)) AS hex
    JOIN {view} AS rows ON rows.tile_geom && hex.geom AND ST_Intersects(rows.tile_geom, hex.geom)
    WHERE true{window}
    GROUP BY hex.i, hex.j, hex.geom
    HAVING count(*) >= {floor}
), shown AS (
    SELECT n, (hex_i + 1048576)::bigint * 2097152 + hex_j + 1048576 AS feature_id, shape
    FROM (
        SELECT n, i AS hex_i, j AS hex_j,
               ST_AsMVTGeom(geom, ST_TileEnvelope($1, $2, $3), 4096, 64, true) AS shape
        FROM cells ORDER BY i, j LIMIT $4
    ) AS drawn WHERE shape IS NOT NULL
)
SELECT coalesce((SELECT ST_AsMVT(shown, '{slug}-hex', 4096, 'shape', 'feature_id') FROM shown),
                ''::bytea), (SELECT count(*) FROM shown), false
