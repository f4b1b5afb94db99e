"""What reads the real state of an account: one module a service, none of which changes or judges anything."""
