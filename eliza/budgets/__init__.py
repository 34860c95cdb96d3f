"""Budgets: what agents, channels and people may spend on models in a day, and what they did."""
