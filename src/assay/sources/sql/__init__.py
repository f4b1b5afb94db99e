"""SQL databases: tables as assets, opened in read-only sessions."""
