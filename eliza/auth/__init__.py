"""Auth: people, keys, tokens and logins: by what the server knows who somebody is."""
