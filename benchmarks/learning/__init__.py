"""The data that the shipped models are trained and measured with."""
