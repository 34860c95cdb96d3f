"""Extensions: what plugins answer over HTTP."""
