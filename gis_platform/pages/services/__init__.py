"""The page of the map services: what is offered, where, and the lines to copy."""
