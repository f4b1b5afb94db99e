"""Topics of Kafka: listed, their records sampled, or read up to where they end now; no consumer group is joined or moved."""
