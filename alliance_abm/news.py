"""News: what happens to a buyer with a supplier during a quarter, for beliefs to hear of."""

from __future__ import annotations

from alliance_abm.kernels import njit
from alliance_abm.layout import N_NEWS


@njit(cache=True, inline="always")
def tell(news, counts, b, s, kind, size):
    """Note that buyer ``b`` met with ``kind`` from supplier ``s``."""
    at = counts[N_NEWS]
    if at < len(news):
        news["buyer"][at], news["supplier"][at] = b, s
        news["kind"][at], news["size"][at] = kind, size
        counts[N_NEWS] = at + 1
