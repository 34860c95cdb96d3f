"""Examples: a character, two small clients, and a program that embeds the server with a test of its own."""
