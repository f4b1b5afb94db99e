"""Data streams of Kinesis: listed, their records sampled from all over their retention, or read up to now."""
