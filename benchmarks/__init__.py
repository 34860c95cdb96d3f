"""Benchmarks: what this machine does with the server, measured over its wire and against yardsticks of the same run."""
