"""Auth: people, keys, tokens and logins: from what somebody brings to who they are."""
