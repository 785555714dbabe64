"""Version of the pack."""

__version__ = "0.1.0"
