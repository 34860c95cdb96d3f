"""Budgets: how much may be spent on a day, and what was."""
