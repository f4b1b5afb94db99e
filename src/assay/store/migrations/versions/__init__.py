"""One module a version, named `NNNN_what.py`; NNNN is its revision."""
