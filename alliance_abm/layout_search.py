"""How scratch arrays are laid out: what one search, its offers and a quarter's news hold."""

from typing import Final

import numpy as np

VIEW_DTYPE: Final = np.dtype(  # a buyer's beliefs about each supplier
    [
        ("permitted", "i8"),
        ("member", "i8"),  # bit d: programme member in domain d
        ("refusal", "f8"),
        ("share", "f8"),
        ("slip", "f8"),
        ("risk", "f8"),  # utility lost to what comes from this origin, for concentration
        ("trust", "f8"),
        ("politics", "f8"),  # ties and competitor origin
        ("sanctions", "f8"),
        ("barrier", "f8"),  # utility that the United States takes from a foreign bid
        ("ally", "f8"),  # 1 for the United States and its allies
        ("fixed", "f8"),
    ]
)

SELLER_DTYPE: Final = np.dtype(  # who sells abroad in a domain, packed for the choice
    [
        ("supplier", "i8"),
        ("line", "i8"),
        ("competitor", "i8"),
        ("competence", "f8"),
        ("place", "f8"),
        ("level", "f8"),
        ("attraction", "f8"),  # offer constant and presence
        ("ln_price", "f8"),
        ("lead", "f8"),
    ]
)

ASK_DTYPE: Final = np.dtype(  # what one search asks for
    [
        ("buyer", "i8"),
        ("domain", "i8"),
        ("mine", "i8"),  # the buyer's own line, -1 if none
        ("licenses", "i8"),
        ("tied", "i8"),
        ("fms_only", "i8"),
        ("level", "f8"),
        ("place", "f8"),
        ("aspiration", "f8"),
        ("limit", "f8"),  # quarters
        ("sensitivity", "f8"),
        ("us_withheld", "f8"),
        ("lag", "f8"),  # utility per quarter
        ("worth", "f8"),  # utility of full control
        ("price_weight", "f8"),
        ("fit_weight", "f8"),
        ("concentration", "f8"),  # utility of the concentration that stands
        ("defer", "f8"),  # utility of deferring
        ("builds", "i8"),
        ("develops", "i8"),
        ("develop_level", "f8"),  # of the product that a programme is to give
        ("develop_chance", "f8"),
        ("develop_quarters", "f8"),
        ("develop_cost", "f8"),  # US$ million
        ("ln_develop", "f8"),
        ("us_screen", "i8"),  # what kept the United States out, -1 if nothing did
        ("half", "f8"),
        ("local_constant", "f8"),
        ("quarters_fms", "f8"),
        ("quarters_dcs", "f8"),
        ("quarters_third", "f8"),
        ("quarters_home", "f8"),
        ("quarters_licensed", "f8"),
        ("quarters_licensed_us", "f8"),
        ("pools", "i8"),  # whether the buyer looks for partners in a pooled buy
        ("pool_quarters", "f8"),
        ("pool_fit_loss", "f8"),
        ("ln_pool", "f8"),
        ("hybrids", "i8"),  # whether it would join a co-operative programme
        ("hybrid_quarters", "f8"),
        ("hybrid_voice", "f8"),  # fit gained by a say in the requirement
        ("ln_hybrid", "f8"),
        ("ln_limit", "f8"),  # highest price that money allows
        ("ln_fms", "f8"),
        ("ln_dcs", "f8"),
        ("ln_licence", "f8"),
        ("ln_home", "f8"),
        ("ln_margin", "f8"),
        ("ln_retrofit", "f8"),  # of U.S. products, against the start
        ("sensitivity_us", "f8"),
        ("degraded", "f8"),  # fit that U.S. products lose on export
        ("saved", "f8"),  # quarters of integration between allies, against the start
        ("saved_us", "f8"),  # quarters of retrofit of U.S. products, against the start
    ]
)

OFFER_DTYPE: Final = np.dtype(
    [
        ("supplier", "i8"),
        ("route", "i8"),
        ("nest", "i8"),
        ("line", "i8"),
        ("ln_price", "f8"),  # relative to the domain's unit cost at the start
        ("lead", "f8"),  # believed quarters from request to the middle of delivery
        ("quoted", "f8"),  # quoted quarters from award to first delivery
        ("fit", "f8"),
        ("ln_release", "f8"),
        ("risk", "f8"),  # utility lost for concentration
        ("saved", "f8"),
        ("utility", "f8"),
        ("probability", "f8"),
    ]
)

NEWS_DTYPE: Final = np.dtype(  # what happened to a buyer with a supplier
    [("buyer", "i2"), ("supplier", "i2"), ("kind", "i2"), ("size", "f8")], align=True
)
