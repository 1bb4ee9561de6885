"""`python -m alliance_abm` and `alliance-abm`: the console command.

What it needs is imported inside, so that an interruption while it loads is one like any other.
"""

import sys
from typing import NoReturn


def main() -> NoReturn:
    """Run the command line; exit code 130 when it is interrupted, even before a command runs."""
    try:
        from alliance_abm.cli import main as run

        run()
    except KeyboardInterrupt:
        from alliance_abm.console import INTERRUPTED, say

        say("interrupted; nothing was left behind")
        sys.exit(INTERRUPTED)
    finally:
        # An interruption of code made from text (a dataclass being defined, say) is remembered
        # by Python although it was caught: it would end by the signal. Other such code clears it.
        exec("")


if __name__ == "__main__":
    main()
