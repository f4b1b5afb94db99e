"""Reports: what the catalog, the audit log and the account have, put together for a paper."""
