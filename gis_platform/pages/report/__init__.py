"""Lapor: the citizen's form, which works without a map and without JavaScript."""
