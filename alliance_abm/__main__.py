"""`python -m alliance_abm` is the console command."""

from alliance_abm.cli import main

if __name__ == "__main__":
    main()
