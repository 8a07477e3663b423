few AS MATERIALIZED (
    SELECT CASE WHEN fresh THEN (
        SELECT coalesce(sum(n), 0)::bigint FROM (
            SELECT n FROM {counts} WHERE span = {span} AND day = 0 AND level = {level}
              AND qx >= ($2 << greatest({level} - $1, 0)) AND qx < (($2 + 1) << greatest({level} - $1, 0))
              AND qy >= ($3 << greatest({level} - $1, 0)) AND qy < (($3 + 1) << greatest({level} - $1, 0))
            UNION ALL
            SELECT n FROM {changes}
            WHERE qx >= ($2 << greatest({finest} - $1, 0)) AND qx < (($2 + 1) << greatest({finest} - $1, 0))
              AND qy >= ($3 << greatest({finest} - $1, 0)) AND qy < (($3 + 1) << greatest({finest} - $1, 0))
        ) AS held
    ) ELSE 0 END AS n
    FROM {fresh}
), 
