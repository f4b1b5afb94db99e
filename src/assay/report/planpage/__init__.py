"""The page of a plan of protection for a browser: one file that needs no other."""
