"""Readings that devices in the streets send: heartbeats of wifi hotspots, fill of bins."""
