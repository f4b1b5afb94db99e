"""The steward's desk: pages and API over the functions of `assay.app`. It judges nothing itself."""
