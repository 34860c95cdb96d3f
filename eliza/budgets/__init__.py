"""Budgets: daily limits on what agents, channels and people spend on models, and what they have spent."""
