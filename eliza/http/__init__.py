"""The manners every route shares: what comes in, how answers look, who may enter."""
