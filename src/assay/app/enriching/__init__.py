"""Resources described: gathered, asked of a model within a budget, or told by rules, and kept."""
