"""Approvals: actions that wait until somebody allows them."""
