"""A drawing process that takes every request and never answers."""

from __future__ import annotations

import sys
import time

for _ in sys.stdin:
    time.sleep(600)
