"""OpenStack Swift as a real S3 server: `python -m tests.swift` installs it in an environment of its own."""
