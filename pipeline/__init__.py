"""What every Reelmill process shares: events, stages, the runner, adapters to broker, store and database."""

VERSION = "0.1.0"
"""As in pyproject.toml; a test keeps them the same."""
