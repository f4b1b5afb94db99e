"""The catalog: one relational database of what was scanned, what was concluded, and who changed what."""
