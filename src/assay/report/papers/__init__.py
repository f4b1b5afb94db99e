"""Reports for auditors, owners and management: each a function from facts of the catalog to a paper, and what papers are written as."""
