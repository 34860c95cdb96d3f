"""Composition: builds the parts of a server from its settings. ``Services.build`` shows the order."""
