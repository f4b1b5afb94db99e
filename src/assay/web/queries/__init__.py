"""What pages ask the catalog for: each page a few statements, whatever the number of rows."""
