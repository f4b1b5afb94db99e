"""Collections of MongoDB, and of what speaks its protocol (DocumentDB): listed, sampled, read whole; nothing is written."""
