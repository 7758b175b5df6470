"""What can go wrong at the start, with words for the person at the terminal."""


class CannotStart(Exception):
    """Relay cannot start; the text says why and what to do, in a line or two."""
