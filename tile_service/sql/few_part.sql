few AS MATERIALIZED (
    SELECT NOT fresh OR (
        SELECT coalesce(sum(n), 0) FROM (
            SELECT n FROM {counts} WHERE level = {level} AND span = {span} AND day = 0
              AND qx >= ($2 << greatest({level} - $1, 0)) AND qx < (($2 + 1) << greatest({level} - $1, 0))
              AND qy >= ($3 << greatest({level} - $1, 0)) AND qy < (($3 + 1) << greatest({level} - $1, 0))
            UNION ALL
            SELECT n FROM {changes}
            WHERE qx >= ($2 << greatest({level} - $1, 0)) AND qx < (($2 + 1) << greatest({level} - $1, 0))
              AND qy >= ($3 << greatest({level} - $1, 0)) AND qy < (($3 + 1) << greatest({level} - $1, 0))
        ) AS held
    ) <= $4 AS it_is
    FROM {fresh}
), 