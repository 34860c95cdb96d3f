"""Crash: the server is killed at any instruction, and what was promised is still true when it is back."""
