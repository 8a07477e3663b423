few AS MATERIALIZED (
    SELECT count(*) AS n FROM (
        SELECT FROM {view}
        WHERE tile_geom && ST_TileEnvelope($1, $2, $3, margin => {margin}){window}
        LIMIT {most} + 1) AS held
), 
