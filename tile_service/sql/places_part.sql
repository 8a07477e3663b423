    SELECT ST_X(tile_geom) AS at_x, ST_Y(tile_geom) AS at_y, 1::bigint AS n
    FROM {view}
    WHERE tile_geom && ST_TileEnvelope($1, $2, $3, margin => {margin}){window}
