-- A hexagon is all that lies nearest to its centre, and the centres are two square grids, one
-- shifted by half a cell: so a place's cell is arithmetic, and rows are joined to nothing.
-- (OFFSET 0 keeps the planner from writing the division out at each of its uses.)
measured AS (
    SELECT {world_m} / (1 << {zoom}) / {cells_across}.0 / 1.5 AS side
), scaled AS (
    SELECT at_x / (3 * side) AS x, at_y / (sqrt(3::float8) * side) AS y, n
    FROM places, measured OFFSET 0
), placed AS (
    SELECT n, 3 * (x - round(x)) * (x - round(x)) + (y - round(y)) * (y - round(y))
           <= 3 * (x - floor(x) - 0.5) * (x - floor(x) - 0.5)
              + (y - floor(y) - 0.5) * (y - floor(y) - 0.5) AS in_even_column, x, y
    FROM scaled OFFSET 0
)
