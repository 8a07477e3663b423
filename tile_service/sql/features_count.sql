-- How many of a face's rows meet the conditions, counted up to a bound.
SELECT count(*) FROM (SELECT 1 FROM {view} WHERE {conditions} LIMIT %(bound)s) AS found
