"""Measures: each module asks the server one kind of question and returns rows for the table."""

from benchmarks.bench import Measure
from benchmarks.measures import answers, fanout, memory, posts, reads, start, statements

# Memory comes first: a server that has worked is no longer idle.
MEASURES: dict[str, Measure] = {
    "memory": memory.measure,
    "ping": reads.ping,
    "agents": reads.agents,
    "posts": posts.measure,
    "history": reads.history,
    "fanout": fanout.measure,
    "answers": answers.measure,
    "statements": statements.measure,
    "start": start.measure,
}
