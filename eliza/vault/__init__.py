"""Vault: secrets at rest, encrypted with a key that is made at the first start."""
