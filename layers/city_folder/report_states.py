"""How far a made report has come, by its age: queues that look like a city's."""

from __future__ import annotations

import numpy as np

# (older than, days): shares of the states; a colon parts a closing from its resolution.
BY_AGE: tuple[tuple[float, dict[str, float]], ...] = (
    (0.0, {"baru": 78, "perlu_info": 4, "diragukan": 3, "terverifikasi": 8, "diteruskan": 7}),
    (1.0, {"baru": 24, "perlu_info": 6, "diragukan": 4, "terverifikasi": 8, "diteruskan": 34,
           "diterima": 18, "selesai:tidak_terbukti": 3, "selesai:bukan_wewenang": 3}),
    (3.0, {"baru": 5, "perlu_info": 5, "diragukan": 2, "diteruskan": 16, "diterima": 18,
           "dijadwalkan": 16, "dikerjakan": 14, "selesai:diperbaiki": 16,
           "selesai:tidak_terbukti": 3, "selesai:bukan_wewenang": 5}),
    (8.0, {"baru": 1.2, "perlu_info": 3, "diteruskan": 6, "diterima": 6, "dijadwalkan": 12,
           "dikerjakan": 11, "menunggu_validasi": 6, "selesai:diperbaiki": 44,
           "selesai:tidak_dapat_dikerjakan": 4, "selesai:tidak_terbukti": 3,
           "selesai:bukan_wewenang": 4}),
    (25.0, {"baru": 0.3, "diteruskan": 2, "dijadwalkan": 4, "dikerjakan": 3,
            "menunggu_validasi": 1.5, "selesai:diperbaiki": 72,
            "selesai:tidak_dapat_dikerjakan": 6, "selesai:tidak_terbukti": 4,
            "selesai:bukan_wewenang": 5, "selesai:kedaluwarsa": 2}),
    (90.0, {"diteruskan": 0.4, "dijadwalkan": 0.6, "dikerjakan": 0.5, "selesai:diperbaiki": 80,
            "selesai:tidak_dapat_dikerjakan": 7, "selesai:tidak_terbukti": 4,
            "selesai:bukan_wewenang": 5, "selesai:kedaluwarsa": 2.5}),
)  # fmt: skip


def target_state(rng: np.random.Generator, age_days: float) -> str:
    """Draw the state of a report that came in `age_days` ago."""
    shares = next(shares for older, shares in reversed(BY_AGE) if age_days >= older)
    names = list(shares)
    weight = np.array(list(shares.values()), dtype=np.float64)
    return names[int(rng.choice(len(names), p=weight / weight.sum()))]
