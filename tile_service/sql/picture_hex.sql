-- Hexagons of a picture with the number of rows in each: the cells of hex_tile.sql at zoom z, so that
-- a picture and a map of vector tiles show the same.
WITH around AS (SELECT {around} AS box
), places AS (
{places}), measured AS (
    SELECT {world_m} / (1 << %(z)s) / {cells_across}.0 / 1.5 AS side
), scaled AS (
    SELECT at_x / (3 * side) AS x, at_y / (sqrt(3::float8) * side) AS y, n
    FROM places, measured OFFSET 0
), placed AS (
    SELECT n, 3 * (x - round(x)) * (x - round(x)) + (y - round(y)) * (y - round(y))
           <= 3 * (x - floor(x) - 0.5) * (x - floor(x) - 0.5)
              + (y - floor(y) - 0.5) * (y - floor(y) - 0.5) AS in_even_column, x, y
    FROM scaled OFFSET 0
), cells AS (
    SELECT CASE WHEN in_even_column THEN 2 * round(x)::int ELSE 2 * floor(x)::int + 1 END AS i,
           CASE WHEN in_even_column THEN round(y)::int ELSE floor(y)::int END AS j,
           sum(n)::bigint AS n
    FROM placed GROUP BY 1, 2 HAVING sum(n) >= {floor}
)
SELECT ST_AsGeoJSON({shape}, {digits}, 0), n
FROM (SELECT n, ST_Hexagon(side, i, j, ST_SetSRID(ST_Point(0, 0), 3857)) AS geom
      FROM cells, measured) AS drawn
ORDER BY n LIMIT %(most)s
