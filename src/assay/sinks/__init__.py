"""Sinks append results to an output; they judge nothing."""
