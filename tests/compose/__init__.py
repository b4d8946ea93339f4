"""docker-compose.yml started for real: `python -m tests.compose --help`. It takes a Docker engine
of its own, root, and half an hour the first time, and is no part of the suite."""
