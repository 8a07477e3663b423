"""The page of bins: when each will be full, and where one is missing or too small."""
