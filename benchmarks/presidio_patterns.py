"""Presidio's pattern recognisers over a folder. Run by the peers' own Python; prints one JSON object.

No language model takes part: each English `PatternRecognizer` is asked directly, with empty NLP artefacts. That leaves
out Presidio's own context weighing and its phone, name and address recognisers, so it is the least that Presidio must do.
Start-up and reading the files are not timed.
"""

from __future__ import annotations

import importlib.metadata
import json
import logging
import sys
import time
from pathlib import Path


def main() -> int:
    """Scans the folder named on the command line."""
    from presidio_analyzer import PatternRecognizer, RecognizerRegistry  # noqa: PLC0415
    from presidio_analyzer.nlp_engine import NlpArtifacts  # noqa: PLC0415

    logging.disable(logging.CRITICAL)
    registry = RecognizerRegistry(supported_languages=["en"])
    registry.load_predefined_recognizers(languages=["en"])
    recognizers = [item for item in registry.recognizers if isinstance(item, PatternRecognizer)]
    empty = NlpArtifacts(entities=[], tokens=[], tokens_indices=[], lemmas=[], nlp_engine=None, language="en")
    texts = [
        path.read_text(encoding="utf-8", errors="replace") for path in sorted(Path(sys.argv[1]).rglob("*")) if path.is_file()
    ]
    for recognizer in recognizers:
        recognizer.analyze("warm up", recognizer.supported_entities, empty)
    wall, cpu = time.perf_counter(), time.process_time()
    findings = 0
    for text in texts:
        for recognizer in recognizers:
            findings += len(recognizer.analyze(text, recognizer.supported_entities, empty) or [])
    print(
        json.dumps({
            "seconds": time.perf_counter() - wall,
            "cpu": time.process_time() - cpu,
            "bytes": sum(len(text.encode()) for text in texts),
            "files": len(texts),
            "findings": findings,
            "recognizers": len(recognizers),
            "version": importlib.metadata.version("presidio-analyzer"),
        })
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
