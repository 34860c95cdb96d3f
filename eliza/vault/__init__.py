"""Vault: what is secret at rest: the server's own key, and what is locked away with it."""
