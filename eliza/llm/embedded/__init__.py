"""Embedded: language models inside the server's own process, so that Eliza answers before anyone has a key.

``ELIZA_LOCAL_MODEL`` names any other GGUF file to chat with, or ``off`` to do without embedded models. Files from 1 GB
up are given the long planning prompt; smaller ones hold models that lose the thread of it, and are just talked to.
"""
