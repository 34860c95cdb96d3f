"""Audit: who did what. What is written here stays."""
