"""Tables of the catalog. The migrations make them; these describe them to the statements."""
