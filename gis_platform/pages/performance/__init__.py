"""Kinerja: how the city answers its people, in figures anybody may check."""
