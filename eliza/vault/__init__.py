"""Vault: encryption of secrets in the database, and the server's own key."""
