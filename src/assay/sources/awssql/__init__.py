"""Databases that AWS runs: found by their names, entered with short-lived tokens or with secrets, and read as others are."""
