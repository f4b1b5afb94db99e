"""Learning in use: which model is in effect, training from the catalog, versions."""
