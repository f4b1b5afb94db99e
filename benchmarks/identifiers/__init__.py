"""Labelled texts for identifiers: values that other projects make, in texts that a generator writes (README.md)."""
