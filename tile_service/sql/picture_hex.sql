-- Hexagons of a picture with the number of rows in each: the cells of hex_tile.sql at zoom z, so that
-- a picture and a map of vector tiles show the same.
WITH around AS (SELECT {around} AS box
), places AS (
{places}),
{grid}, cells AS (
    SELECT CASE WHEN in_even_column THEN 2 * round(x)::int ELSE 2 * floor(x)::int + 1 END AS i,
           CASE WHEN in_even_column THEN round(y)::int ELSE floor(y)::int END AS j,
           sum(n)::bigint AS n
    FROM placed GROUP BY 1, 2 HAVING sum(n) >= {floor}
)
SELECT ST_AsGeoJSON({shape}, {digits}, 0), n
FROM (SELECT n, ST_Hexagon(side, i, j, ST_SetSRID(ST_Point(0, 0), 3857)) AS geom
      FROM cells, measured) AS drawn
ORDER BY n LIMIT %(most)s
