-- One page of a face's rows as GeoJSON features: key, text, number of rows found for the page.
-- Rows are read in the order of their key and the next page begins after the last key shown, so
-- no row is met twice or missed while others are written. Conditions stand on bare columns.
-- Whatever lies beyond the page's bytes stays in the database; at least one feature is given.
SELECT feature_id, feature, found
FROM (
    SELECT feature_id, feature, count(*) OVER () AS found,
           sum(length(feature)) OVER (ORDER BY feature_id) - length(feature) AS before
    FROM (
        SELECT feature_id,
               '{{"type":"Feature","id":' || feature_id
               || ',"geometry":' || coalesce(ST_AsGeoJSON({shape}, {digits}, 0), 'null')
               || ',"properties":' || {properties} || '}}' AS feature
        FROM (
            SELECT * FROM {view} WHERE {conditions}
            ORDER BY feature_id LIMIT %(rows)s OFFSET %(offset)s
        ) AS page
    ) AS made
) AS measured
WHERE before = 0 OR before < %(most_bytes)s
ORDER BY feature_id
