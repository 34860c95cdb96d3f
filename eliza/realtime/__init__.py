"""Sockets: the same messages and turns as REST, told as they happen."""
