"""Measurements that are too slow for the test suite; each is a command and prints what it found."""
