"""The clients of elizaOS 1.7, unmodified, as people run them today."""
