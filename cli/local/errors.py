"""What keeps the private stack from running, in words for the person at the terminal."""


class StackError(Exception):
    """Its message says which part, why, and what to do."""
