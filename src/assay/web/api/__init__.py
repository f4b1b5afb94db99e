"""The HTTP API, version 1: what programs ask for and do, under `/api/v1`, with a token or a session."""
