"""Tells people. One module a channel; they send what they are given and judge nothing."""
