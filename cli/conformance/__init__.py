"""Measures whether an HLS tree keeps its promises, whoever made it.

Knows nothing of how ours are made: it reads playlists, boxes and packets with its own eyes, for a checker
that shares the maker's code shares the maker's mistakes.
"""
