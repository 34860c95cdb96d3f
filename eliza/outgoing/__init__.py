"""Outgoing: fetching what a user or a model points at, without reaching into the network the server stands in."""
