"""The views of the app."""
