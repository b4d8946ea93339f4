"""What every Reelmill process shares: events, stages, the runner, and adapters to broker, store and database."""
