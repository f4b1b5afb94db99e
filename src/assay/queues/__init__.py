"""Queues that events come from. They move messages and judge nothing."""
