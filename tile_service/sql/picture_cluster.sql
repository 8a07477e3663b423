-- Clusters of a picture: the cells of cluster_tile.sql at zoom z, each a point with its number.
WITH around AS (SELECT {around} AS box
), places AS (
{places}), cells AS (
    SELECT floor((at_x + {world_m} / 2) * ({cells_across} << %(z)s) / {world_m})::bigint AS i,
           floor(({world_m} / 2 - at_y) * ({cells_across} << %(z)s) / {world_m})::bigint AS j,
           sum(n)::bigint AS n, sum(at_x * n) / sum(n) AS x, sum(at_y * n) / sum(n) AS y
    FROM places GROUP BY 1, 2 HAVING sum(n) >= {floor}
)
SELECT ST_AsGeoJSON({shape}, {digits}, 0), n
FROM (SELECT n, ST_SetSRID(ST_Point(x, y), 3857) AS geom FROM cells) AS drawn
ORDER BY n LIMIT %(most)s
