    SELECT (qx + 0.5) / (1 << {level}) * 40075016.6855785 - 20037508.34278925 AS at_x,
           20037508.34278925 - (qy + 0.5) / (1 << {level}) * 40075016.6855785 AS at_y, n
    FROM {view}
    WHERE settled AND level = {level}{days}
      AND qx BETWEEN ($2 << ({level} - $1)) - {aside} AND (($2 + 1) << ({level} - $1)) + {aside}
      AND qy BETWEEN ($3 << ({level} - $1)) - {aside} AND (($3 + 1) << ({level} - $1)) + {aside}
      AND (SELECT fresh FROM {view_fresh})
    UNION ALL
    SELECT (qx + 0.5) / (1 << {level}) * 40075016.6855785 - 20037508.34278925,
           20037508.34278925 - (qy + 0.5) / (1 << {level}) * 40075016.6855785, n
    FROM {view}
    WHERE NOT settled AND level = {level}{days}
      AND qx BETWEEN ($2 << ({level} - $1)) - {aside} AND (($2 + 1) << ({level} - $1)) + {aside}
      AND qy BETWEEN ($3 << ({level} - $1)) - {aside} AND (($3 + 1) << ({level} - $1)) + {aside}
      AND (SELECT fresh FROM {view_fresh})
    UNION ALL
{rows}      AND NOT (SELECT fresh FROM {view_fresh})
