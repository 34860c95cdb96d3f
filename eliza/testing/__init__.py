"""The kit for testing agents: fakes that take the place of a model, a store, a clock."""
