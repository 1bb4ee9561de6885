"""Units and names as they stand in sentences about differences."""

from __future__ import annotations

from collections.abc import Sequence

PER_CENT = 100.0


def is_share(unit: str) -> bool:
    """Is the unit a share, whose differences are percentage points?"""
    return unit.startswith("share")


def scale_of(unit: str) -> float:
    """What a difference is multiplied by before it is shown."""
    return PER_CENT if is_share(unit) else 1.0


def unit_words(unit: str) -> str:
    """The unit of a difference.

    >>> unit_words("share of volume"), unit_words("2025 = 100"), unit_words("months, mean")
    ('percentage points', 'index points', 'months')
    """
    if is_share(unit):
        return "percentage points"
    return "index points" if "=" in unit else unit.removesuffix(", mean").removesuffix(", median")


def mid_sentence(name: str) -> str:
    """A name as it stands inside a sentence.

    >>> mid_sentence("Capability gap"), mid_sentence("U.S. unit cost"), mid_sentence("FMS wait")
    ('capability gap', 'U.S. unit cost', 'FMS wait')
    """
    return name[0].lower() + name[1:] if name[1:2].islower() else name


def listed(parts: Sequence[str]) -> str:
    """Parts of a sentence joined.

    >>> listed(["a"]), listed(["a", "b", "c"])
    ('a', 'a, b and c')
    """
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def counted(number: int, one: str, many: str) -> str:
    """A number with its noun.

    >>> counted(1, "policy", "policies"), counted(3, "policy", "policies")
    ('1 policy', '3 policies')
    """
    return f"{number} {one if number == 1 else many}"
