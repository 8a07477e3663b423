"""The public map and its list twin: what happens around me, the nearest WiFi, downloads."""
