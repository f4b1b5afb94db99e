"""What is said of a resource besides its classification: prompts as data, answers held against a schema, rules that need no
model. Pure: who asks a model stands in `assay.enrichers`, and when it is asked in `assay.app.enriching`."""
