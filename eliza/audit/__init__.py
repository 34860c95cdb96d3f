"""Audit: who did what to agents, keys, people and settings, for good."""
