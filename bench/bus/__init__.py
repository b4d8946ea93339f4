"""Events a second and time to the handler, against others on the same broker; `python -m bench.bus`."""
