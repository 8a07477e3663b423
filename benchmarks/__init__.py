"""Ratios against named peers; never timed asserts."""
