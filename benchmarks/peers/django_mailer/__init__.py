"""A project of its own: see send.py."""
