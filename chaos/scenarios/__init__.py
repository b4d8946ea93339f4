"""What can be run, by name: each takes Options and returns an Outcome."""
