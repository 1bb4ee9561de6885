"""Random numbers are addressed, as the published generator gives them, and independent."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alliance_abm import draws
from alliance_abm.draws import exponential, normal, threefry, uniform, uniforms

ONES = 0xFFFFFFFF
# Published with Random123 (Salmon and others, 2011), 20 rounds: counter, key, result
KNOWN = {
    "zeros": ([0] * 4, [0] * 4, "9c6ca96a e17eae66 fc10ecd4 5256a7d8"),
    "ones": ([ONES] * 4, [ONES] * 4, "2a881696 57012287 f6c7446e a16a6732"),
    "pi": (
        [0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344],
        [0xA4093822, 0x299F31D0, 0x082EFA98, 0xEC4E6C89],
        "59cd1dbb b8879579 86b5d00c ac8b6d84",
    ),
}
WORDS = st.integers(0, ONES)
SEEDS = st.integers(0, 2**63 - 1)
ADDRESSES = st.tuples(SEEDS, WORDS, WORDS, WORDS, WORDS, WORDS)
PARTS = ("seed", "stream", "quarter", "nation", "domain", "slot")


def plain(function):
    """The function as Python runs it, whether or not it is compiled here."""
    return getattr(function, "py_func", function)


@pytest.mark.parametrize("name", KNOWN)
def test_the_generator_gives_its_published_answers(name):
    """Threefry-4x32-20 reproduces the known-answer vectors of its authors."""
    counter, key, answer = KNOWN[name]
    assert " ".join(f"{word:08x}" for word in threefry(*counter, *key)) == answer
    assert plain(threefry)(*counter, *key) == threefry(*counter, *key)


@settings(deadline=None, derandomize=True)
@given(ADDRESSES)
def test_compiled_numbers_are_the_uncompiled_ones(address):
    """Compiled and uncompiled code give the same number at any address, bit for bit."""
    assert uniforms(*address) == plain(uniforms)(*address)
    assert normal(*address) == plain(normal)(*address)
    assert exponential(*address) == plain(exponential)(*address)


@settings(deadline=None, derandomize=True)
@given(ADDRESSES)
def test_numbers_lie_strictly_between_0_and_1(address):
    """Both numbers at an address are inside (0, 1), so that logarithms of them exist."""
    assert all(0.0 < number < 1.0 for number in uniforms(*address))


@pytest.mark.parametrize("word", [0, ONES])
def test_the_extreme_words_stay_inside_0_and_1(word, monkeypatch):
    """The smallest and the largest words that the generator can give stay inside (0, 1)."""
    monkeypatch.setitem(plain(uniforms).__globals__, "threefry", lambda *_: (word,) * 4)
    assert all(0.0 < number < 1.0 for number in plain(uniforms)(1, 2, 3, 4, 5, 6))


@settings(deadline=None, derandomize=True)
@given(ADDRESSES, st.integers(0, len(PARTS) - 1), st.integers(1, ONES))
def test_each_part_of_an_address_matters(address, part, change):
    """Changing one part of an address, whichever, gives another number."""
    other = list(address)
    bits = 63 if PARTS[part] == "seed" else 32
    other[part] = (other[part] + change) % 2**bits
    assert uniforms(*address) != uniforms(*other)


def test_large_seeds_differ_in_their_upper_half():
    """Seeds that agree in their lower 32 bits give different numbers."""
    assert uniform(7, 1, 2, 3, 4, 5) != uniform(7 + (1 << 32), 1, 2, 3, 4, 5)


def test_small_integers_of_the_ledger_are_addresses_too():
    """An address may hold numpy integers of any width, as the ledger does, negative ones too."""
    narrow = (np.int64(3), np.int8(4), np.int32(-1), np.int64(17575), np.int8(7), np.int16(40))
    wide = tuple(int(part) for part in narrow)
    assert plain(uniforms)(*narrow) == uniforms(*wide) == uniforms(*narrow)


def test_streams_have_numbers_of_their_own():
    """No two streams share a number, so that a new stream moves no other."""
    streams = {
        name: value
        for name, value in vars(draws).items()
        if name.isupper() and not name.startswith("_") and isinstance(value, int)
    }
    assert len(streams) > 5
    assert len(set(streams.values())) == len(streams)


def grid(part: str, size: int) -> np.ndarray:
    """Numbers at `size` addresses that differ in one part alone: (size, 2)."""
    place = PARTS.index(part)
    base = [1, 3, 20, 9000, 4, 0]
    addresses = ([*base[:place], step, *base[place + 1 :]] for step in range(size))
    return np.array([uniforms(*address) for address in addresses])


@pytest.mark.parametrize("part", PARTS)
def test_numbers_along_a_part_of_the_address_are_uniform(part):
    """Along every part of the address the numbers fill (0, 1) as evenly as chance does, and no
    more: chi-squared within four of its standard deviations."""
    cells, size = 64, 20_000
    for column in grid(part, size).T:
        counts = np.bincount((column * cells).astype(int), minlength=cells)
        statistic = ((counts - size / cells) ** 2).sum() * cells / size
        assert abs(statistic - (cells - 1)) < 4.0 * math.sqrt(2.0 * (cells - 1))


@pytest.mark.parametrize("part", PARTS)
def test_numbers_at_neighbouring_addresses_are_uncorrelated(part):
    """Neighbours along a part, and the two numbers of an address, do not go together."""
    size = 20_000
    numbers = grid(part, size)
    pairs = [(numbers[:-1, 0], numbers[1:, 0]), (numbers[:, 0], numbers[:, 1])]
    pairs += [(numbers[:-7, 0], numbers[7:, 0])]
    for first, second in pairs:
        assert abs(np.corrcoef(first, second)[0, 1]) < 4.0 / math.sqrt(size)


def test_normal_and_exponential_numbers_have_their_moments():
    """Means, variances and skewness are those of the distributions, within four errors."""
    size = 40_000
    z = np.array([normal(2, 1, 0, 0, 0, slot) for slot in range(size)])
    e = np.array([exponential(2, 1, 1, 0, 0, slot) for slot in range(size)])
    error = 4.0 / math.sqrt(size)
    assert abs(z.mean()) < error
    assert abs(z.var() - 1.0) < error * math.sqrt(2.0)
    assert abs((z**3).mean()) < error * math.sqrt(15.0)
    assert abs(e.mean() - 1.0) < error
    assert abs(e.var() - 1.0) < error * math.sqrt(8.0)
    assert e.min() > 0.0


def test_many_addresses_give_no_number_twice():
    """Addresses that a run uses (quarters, nations, domains, slots) give distinct numbers."""
    keys = np.ndindex(12, 10, 8, 20)
    counts = Counter(uniform(1, 4, q, 700 * n, d, slot) for q, n, d, slot in keys)
    assert counts.most_common(1)[0][1] == 1
