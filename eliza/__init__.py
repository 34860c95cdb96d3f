"""Eliza: a self-hosted server for AI agents that talk with people and with each other."""

__version__ = "0.1.0"
