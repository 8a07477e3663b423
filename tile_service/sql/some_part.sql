met AS MATERIALIZED (
    SELECT feature_id, {columns}{geometry}
    FROM {view}
    WHERE tile_geom && ST_TileEnvelope($1, $2, $3, margin => {margin}){window}
    LIMIT {most} + 1
), few AS MATERIALIZED (
    SELECT count(*) AS n FROM met
), 
