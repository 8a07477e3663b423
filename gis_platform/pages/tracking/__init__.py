"""Lacak: what became of a report. The number alone shows the ladder, nothing else."""
