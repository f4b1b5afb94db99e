"""Unusual access to sensitive data: what each principal usually does, and which of its days differ, by what and how much. Pure."""
