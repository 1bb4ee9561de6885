"""Fields of the state for tiers, security of technology and conditions, for `layout.py`."""

from typing import Final

TRUST_OF_NATION: Final = (
    ("treaty", "i1"),  # a member of a scripted partnership in force
    ("seat", "i8"),  # quarter in which a seat in the circle was given, from 1; 0 = none
    ("years_below", "i8"),  # in which a member has been below the threshold
    ("barred_until", "i8"),  # first quarter in which the nation may be trusted again
    ("score", "f8"),  # what makes a partner trustworthy, 0-1
    ("screened", "f8"),  # the same as it was screened
    ("misread", "f8"),  # error of the screening, in standard deviations
    ("resentment", "f8"),  # alignment with the United States lost to its policies
    ("us_policy", "f8"),  # U.S. release policy last stated
    ("protection_start", "f8"),
    ("us_received", "f8"),  # decaying U.S. deliveries
    ("us_commercial", "f8"),  # of those, direct commercial sales
    ("policy_paid", "f8"),  # US$ million of what was paid, for running policies
)

TRUST_OF_CELL: Final = (
    ("leaks", "f8"),  # expected incidents a year with U.S. technology held here
    ("alert_years", "i8"),  # years of caution left after an incident; U.S.: in the domain
    ("edge_lost", "f8"),  # level that incidents took from the products made here
    ("us_relief", "f8"),  # share of U.S. refusals waived for whom it trusts
    ("us_withheld", "f8"),  # share of U.S. releases withheld for safety
)

TRUST_OF_PAIR: Final = (
    ("condition", "f8"),  # share of deliveries held, drawn as the supplier's condition
    ("condition_from", "i8"),  # first quarter of it
    ("condition_until", "i8"),  # first quarter after it
    ("scripted", "f8"),  # share held by script while a condition is in force
)

TRUST_OF_OFFICE: Final = (
    ("seats_taken", "i8"),  # in the trusted circle, beyond scripted partnerships
    ("conditions", "i8"),  # suspensions drawn that have not ended
    ("conditions_begun", "i8"),  # this quarter
    ("incidents", "i8"),  # this quarter
    ("leaks", "f8"),  # expected incidents a year
    ("leak_exposure", "f8"),  # the same weighted by sensitivity
    ("us_edge", "f8"),  # U.S. level less the best competitor's, mean over domains
)
