    SELECT (qx + 0.5) / (1 << {level}) * 40075016.6855785 - 20037508.34278925 AS at_x,
           20037508.34278925 - (qy + 0.5) / (1 << {level}) * 40075016.6855785 AS at_y, n
    FROM {view}
    WHERE {which} AND level = {level}
      AND qx BETWEEN ($2 << greatest({level} - $1, 0)) - {aside} AND (($2 + 1) << greatest({level} - $1, 0)) + {aside}
      AND qy BETWEEN ($3 << greatest({level} - $1, 0)) - {aside} AND (($3 + 1) << greatest({level} - $1, 0)) + {aside}
      AND (SELECT fresh FROM {view_fresh})
