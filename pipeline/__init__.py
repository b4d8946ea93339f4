"""What every Reelmill process shares: events, stages, the runner, adapters to broker, store and database."""
