"""What Macie means, in both directions: our identifiers as its own, its findings as ours, jobs, filters, prices. Pure."""
