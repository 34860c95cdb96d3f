"""Access: who somebody is to the server, and what they may do here. Pure: knows neither Flask nor Peewee."""
