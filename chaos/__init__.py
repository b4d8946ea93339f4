"""A rig that hurts a whole installation and counts what became of every upload; see docs/chaos.md."""
