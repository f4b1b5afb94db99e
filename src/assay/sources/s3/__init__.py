"""Objects of S3 and of what speaks its protocol: listed, and read by ranges."""
