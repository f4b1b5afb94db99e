"""Reports: one module for each form in which results are read."""
