"""The workers: one handler a file, and the table that names them all."""
