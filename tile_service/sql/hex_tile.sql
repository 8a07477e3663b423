-- One vector tile of hexagons, each with the number of rows inside it: $1 zoom, $2 column,
-- $3 row, $4 most hexagons{window_words}.
-- The grid (hex_part.sql) is fixed to the world: neighbouring tiles agree on shared cells.
-- Counts under the layer's floor are left out: small counts point at persons.
WITH places AS (
{places}),
{grid}, cells AS (
    SELECT CASE WHEN in_even_column
                THEN (2 * round(x)::bigint + 1048576) * 2097152 + round(y)::bigint + 1048576
                ELSE (2 * floor(x)::bigint + 1048577) * 2097152 + floor(y)::bigint + 1048576
           END AS feature_id, sum(n)::bigint AS n
    FROM placed GROUP BY 1 HAVING sum(n) >= {floor}
), drawn AS (
    SELECT cells.n, feature_id, ST_Hexagon(
               side, (feature_id / 2097152 - 1048576)::int, ((feature_id & 2097151) - 1048576)::int,
               ST_SetSRID(ST_Point(0, 0), 3857)) AS geom
    FROM cells, measured
), shown AS (
    SELECT n, feature_id, shape
    FROM (
        SELECT n, feature_id,
               ST_AsMVTGeom(geom, (SELECT ST_TileEnvelope($1, $2, $3)), 4096, 64, true) AS shape
        FROM drawn WHERE geom && (SELECT ST_TileEnvelope($1, $2, $3)) ORDER BY feature_id LIMIT $4
    ) AS fitted WHERE shape IS NOT NULL
)
SELECT coalesce((SELECT ST_AsMVT(shown, '{slug}-hex', 4096, 'shape', 'feature_id') FROM shown),
                ''::bytea), (SELECT count(*) FROM shown), false
