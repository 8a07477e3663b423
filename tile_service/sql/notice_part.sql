    || (SELECT ST_AsMVT(notice, '_notice', 4096, 'shape') FROM (
           SELECT '{slug}' AS layer, number AS shown, '{step}' AS step,
                  ST_Point(2048, 2048) AS shape, {total} AS total) AS notice)
