SELECT feature_id, {columns}{geometry}
    FROM {view}
    WHERE tile_geom && ST_TileEnvelope($1, $2, $3, margin => {margin}){window}
