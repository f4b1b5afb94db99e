"""Versions of the catalog's tables, run by `assay.store.versions`."""
