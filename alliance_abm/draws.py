"""Addressed random numbers.

A number is addressed, never consumed: the same (seed, stream, quarter, nation, domain, slot)
gives the same number whatever else the run does.  The generator is Threefry-4x32 with twenty
rounds (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011),
written on 64-bit integers masked to 32 bits so that compiled and uncompiled code agree.
"""

import math
from typing import Final

from alliance_abm.kernels import njit

REQUIREMENT: Final = 1
LOT: Final = 2
CHOICE: Final = 3
CASE: Final = 4
BASE_LOAD: Final = 5
SUPPORT: Final = 6
START: Final = 7
PLACE: Final = 8
TIE: Final = 9
PROGRAMME: Final = 10
SPLIT: Final = 11
AGREEMENT: Final = 12
TREATMENT: Final = 20
DISRUPTION: Final = 40
FORECAST: Final = 41
LOT_WINDOW: Final = 42
INCIDENT: Final = 31
CONDITION: Final = 32
SCREENING: Final = 33
INNOVATION: Final = 50

_WORD = 0xFFFFFFFF
_PARITY = 0x1BD11BDA
_TWO_PI = 2.0 * math.pi
_SCALE = 1.0 / 4503599627370496.0  # 2**-52: one bit is left for the half


@njit(cache=True, inline="always")
def _rotate(x: int, bits: int) -> int:
    return ((x << bits) | (x >> (32 - bits))) & _WORD


@njit(cache=True, inline="always")
def _four_rounds_even(a: int, b: int, c: int, d: int) -> tuple[int, int, int, int]:
    a = (a + b) & _WORD
    b = _rotate(b, 10) ^ a
    c = (c + d) & _WORD
    d = _rotate(d, 26) ^ c
    a = (a + d) & _WORD
    d = _rotate(d, 11) ^ a
    c = (c + b) & _WORD
    b = _rotate(b, 21) ^ c
    a = (a + b) & _WORD
    b = _rotate(b, 13) ^ a
    c = (c + d) & _WORD
    d = _rotate(d, 27) ^ c
    a = (a + d) & _WORD
    d = _rotate(d, 23) ^ a
    c = (c + b) & _WORD
    b = _rotate(b, 5) ^ c
    return a, b, c, d


@njit(cache=True, inline="always")
def _four_rounds_odd(a: int, b: int, c: int, d: int) -> tuple[int, int, int, int]:
    a = (a + b) & _WORD
    b = _rotate(b, 6) ^ a
    c = (c + d) & _WORD
    d = _rotate(d, 20) ^ c
    a = (a + d) & _WORD
    d = _rotate(d, 17) ^ a
    c = (c + b) & _WORD
    b = _rotate(b, 11) ^ c
    a = (a + b) & _WORD
    b = _rotate(b, 25) ^ a
    c = (c + d) & _WORD
    d = _rotate(d, 10) ^ c
    a = (a + d) & _WORD
    d = _rotate(d, 18) ^ a
    c = (c + b) & _WORD
    b = _rotate(b, 20) ^ c
    return a, b, c, d


@njit(cache=True)
def threefry(
    c0: int, c1: int, c2: int, c3: int, k0: int, k1: int, k2: int, k3: int
) -> tuple[int, int, int, int]:
    """Encrypt a 4 x 32-bit counter under a 4 x 32-bit key; returns four 32-bit words."""
    k4 = (_PARITY ^ k0 ^ k1 ^ k2 ^ k3) & _WORD
    a = (c0 + k0) & _WORD
    b = (c1 + k1) & _WORD
    c = (c2 + k2) & _WORD
    d = (c3 + k3) & _WORD
    a, b, c, d = _four_rounds_even(a, b, c, d)
    a, b, c, d = (a + k1) & _WORD, (b + k2) & _WORD, (c + k3) & _WORD, (d + k4 + 1) & _WORD
    a, b, c, d = _four_rounds_odd(a, b, c, d)
    a, b, c, d = (a + k2) & _WORD, (b + k3) & _WORD, (c + k4) & _WORD, (d + k0 + 2) & _WORD
    a, b, c, d = _four_rounds_even(a, b, c, d)
    a, b, c, d = (a + k3) & _WORD, (b + k4) & _WORD, (c + k0) & _WORD, (d + k1 + 3) & _WORD
    a, b, c, d = _four_rounds_odd(a, b, c, d)
    a, b, c, d = (a + k4) & _WORD, (b + k0) & _WORD, (c + k1) & _WORD, (d + k2 + 4) & _WORD
    a, b, c, d = _four_rounds_even(a, b, c, d)
    return (a + k0) & _WORD, (b + k1) & _WORD, (c + k2) & _WORD, (d + k3 + 5) & _WORD


@njit(cache=True)
def uniforms(
    seed: int, stream: int, quarter: int, nation: int, domain: int, slot: int
) -> tuple[float, float]:
    """Two independent numbers in (0, 1) at an address.

    ``seed`` is a non-negative integer below 2**63, ``nation`` the nation's address key (not its
    row), ``domain`` the domain's address key, ``slot`` anything below 2**32.
    """
    a, b, c, d = threefry(
        int(quarter) & _WORD,
        int(nation) & _WORD,
        int(domain) & _WORD,
        int(slot) & _WORD,
        int(seed) & _WORD,
        (int(seed) >> 32) & _WORD,
        int(stream) & _WORD,
        0,
    )
    first = ((a >> 6) * 67108864.0 + (b >> 6) + 0.5) * _SCALE
    second = ((c >> 6) * 67108864.0 + (d >> 6) + 0.5) * _SCALE
    return first, second


@njit(cache=True)
def uniform(seed: int, stream: int, quarter: int, nation: int, domain: int, slot: int) -> float:
    """One number in (0, 1) at an address."""
    return uniforms(seed, stream, quarter, nation, domain, slot)[0]


@njit(cache=True)
def normal(seed: int, stream: int, quarter: int, nation: int, domain: int, slot: int) -> float:
    """One standard normal number at an address (Box and Muller, 1958)."""
    first, second = uniforms(seed, stream, quarter, nation, domain, slot)
    return math.sqrt(-2.0 * math.log(first)) * math.cos(_TWO_PI * second)


@njit(cache=True)
def exponential(seed: int, stream: int, quarter: int, nation: int, domain: int, slot: int) -> float:
    """One exponential number of mean 1 at an address."""
    return -math.log(uniforms(seed, stream, quarter, nation, domain, slot)[0])
