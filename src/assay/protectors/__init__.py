"""What changes customers' configuration, and nothing else does: a module a control, each with its declared calls."""
