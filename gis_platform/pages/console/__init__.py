"""Meja laporan: the operator's console; a verdict and a forward need four keys at most."""
