"""Somebody else's tus clients, run as programs of their own, and a bad line between them and us."""
