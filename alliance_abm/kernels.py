"""How kernels are compiled: numba, without counting references where no array is made.

Counting references to arrays in compiled code took a sixth of the time of a run.  A kernel that
makes no array needs no count, for its caller holds what it works on.
"""

from __future__ import annotations

from typing import Any

import numba

_njit: Any = numba.njit


def njit(*, allocates: bool = False, **options: Any) -> Any:
    """Numba's decorator of the same name.

    A kernel that makes arrays (``np.zeros``, ``np.empty``, arithmetic on whole arrays) says so
    with ``allocates``; without it numba refuses such a kernel ("Require NRT").  No kernel may
    return an array.  Division by zero gives what it gives in numpy, compiled or not.
    """
    return _njit(_nrt=allocates, error_model="numpy", **options)
