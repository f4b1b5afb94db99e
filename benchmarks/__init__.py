"""Benchmarks: seeded corpora, measurements, and the peers that assay is measured against."""
