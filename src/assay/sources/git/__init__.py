"""Git repositories: their working trees, their history, and what a commit would add."""
