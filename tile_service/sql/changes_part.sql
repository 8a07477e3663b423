    SELECT ((qx >> ({finest} - {level})) + 0.5) / (1 << {level}) * 40075016.6855785
               - 20037508.34278925 AS at_x,
           20037508.34278925
               - ((qy >> ({finest} - {level})) + 0.5) / (1 << {level}) * 40075016.6855785 AS at_y, n
    FROM {view}
    WHERE qx >= (($2 << greatest({level} - $1, 0)) - {aside}) << ({finest} - {level})
      AND qx < ((($2 + 1) << greatest({level} - $1, 0)) + {aside} + 1) << ({finest} - {level})
      AND qy >= (($3 << greatest({level} - $1, 0)) - {aside}) << ({finest} - {level})
      AND qy < ((($3 + 1) << greatest({level} - $1, 0)) + {aside} + 1) << ({finest} - {level})
      AND {which} AND (SELECT fresh FROM {view_fresh})
