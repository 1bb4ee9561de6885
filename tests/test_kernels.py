"""Kernels: what the decorator makes of a function."""

from __future__ import annotations

import importlib
import math
import sys

import numpy as np
import pytest
from numba import config
from numba.core.dispatcher import Dispatcher
from numba.core.errors import NumbaError

from alliance_abm.kernels import njit

importlib.import_module("alliance_abm.model")  # brings in all rooms with kernels
compiled = pytest.mark.skipif(bool(config.DISABLE_JIT), reason="kernels are not compiled")


def double_in_place(values):
    inside = values[1:]
    for i in range(len(inside)):
        inside[i] *= 2.0


def sum_of_copy(values):
    copy = np.empty(len(values))
    copy[:] = values
    return copy.sum()


def ratio(one, other):
    return one / other


@compiled
def test_a_kernel_counts_no_references_and_works_on_the_callers_array():
    """Nothing in the compiled code counts references, and views reach the array handed in."""
    kernel, values = njit()(double_in_place), np.ones(3)
    kernel(values)
    assert values.tolist() == [1.0, 2.0, 2.0]
    assert all("NRT_incref" not in code for code in kernel.inspect_asm().values())


@compiled
def test_a_kernel_that_makes_an_array_has_to_say_so():
    """Without `allocates` such a kernel is refused; with it, it runs."""
    with pytest.raises(NumbaError, match=r"NRT|returning of array"):
        njit()(sum_of_copy)(np.ones(3))
    assert njit(allocates=True)(sum_of_copy)(np.ones(3)) == 3.0


def test_division_by_zero_is_as_in_numpy():
    """A ratio over nothing is infinite or not a number, compiled or not; it is no error."""
    kernel = njit()(ratio)
    with np.errstate(divide="ignore", invalid="ignore"):
        assert math.isinf(kernel(np.float64(1.0), np.float64(0.0)))
        assert math.isnan(kernel(np.float64(0.0), np.float64(0.0)))


@compiled
def test_every_kernel_of_the_package_is_made_by_this_decorator():
    """No room compiles with numba's own decorator, which would count references again."""
    rooms = [room for name, room in sys.modules.items() if name.startswith("alliance_abm.")]
    found = [thing for room in rooms for thing in vars(room).values()
             if isinstance(thing, Dispatcher)]  # fmt: skip
    assert found
    assert {kernel.py_func.__name__ for kernel in found if "nrt" not in kernel.targetoptions
            and "_nrt" not in kernel.targetoptions} == set()  # fmt: skip
