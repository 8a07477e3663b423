"""A city's folder: read, checked, and turned into rows."""
