"""Language models that describe resources, one module for each protocol. None is used unless a setting names it."""
