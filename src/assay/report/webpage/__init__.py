"""The page of a scan for a browser: one file that needs no other."""
