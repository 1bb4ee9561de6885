"""The interactive app: a page that sets reforms beside a baseline, offline and at once."""
