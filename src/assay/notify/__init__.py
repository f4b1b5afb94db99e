"""Messages to people and other systems: one module for each kind of channel."""
