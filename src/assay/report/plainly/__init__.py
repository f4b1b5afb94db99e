"""Plans, unusual access and incidents in plain words, by templates: no model is asked."""
