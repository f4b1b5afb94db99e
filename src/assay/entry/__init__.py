"""Ways in that are no command line: what a platform calls."""
