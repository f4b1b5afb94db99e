"""Presidio without a language model over a folder. Run by the peers' own Python as `presidio_patterns.py MODE FOLDER`.

`patterns` asks each English `PatternRecognizer` directly with empty NLP artefacts: no context is weighed and no
telephone numbers are looked for, so it is the least that Presidio must do. `engine-patterns` asks the same recognisers
by its `AnalyzerEngine`, as an application does: results are weighed by context and overlaps resolved, on the tokens of
spaCy's blank tokenizer. `engine` has all its English recognisers by rule. Start-up and reading the files are not timed.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


def patterns() -> Callable[[str], int]:
    """Counts what the pattern recognisers find in a text."""
    from presidio_analyzer import PatternRecognizer, RecognizerRegistry
    from presidio_analyzer.nlp_engine import NlpArtifacts

    registry = RecognizerRegistry(supported_languages=["en"])
    registry.load_predefined_recognizers(languages=["en"])
    recognizers = [item for item in registry.recognizers if isinstance(item, PatternRecognizer)]
    empty = NlpArtifacts(entities=[], tokens=[], tokens_indices=[], lemmas=[], nlp_engine=None, language="en")
    return lambda text: sum(len(item.analyze(text, item.supported_entities, empty) or ()) for item in recognizers)


def engine(*, patterns_only: bool) -> Callable[[str], int]:
    """Counts what the engine finds in a text."""
    import spacy
    from presidio_analyzer import AnalyzerEngine, PatternRecognizer, RecognizerRegistry
    from presidio_analyzer.nlp_engine import SpacyNlpEngine

    blank: Any = spacy.blank("en")
    blank.max_length = 1 << 30

    class Tokenizer(SpacyNlpEngine):
        def load(self) -> None:
            self.nlp = {"en": blank}

    nlp = Tokenizer(models=[{"lang_code": "en", "model_name": "blank"}])
    nlp.load()
    registry = RecognizerRegistry(supported_languages=["en"])
    registry.load_predefined_recognizers(languages=["en"], nlp_engine=nlp)
    if patterns_only:
        registry.recognizers = [item for item in registry.recognizers if isinstance(item, PatternRecognizer)]
    analyzer = AnalyzerEngine(registry=registry, nlp_engine=nlp, supported_languages=["en"])
    return lambda text: len(analyzer.analyze(text, "en"))


def main(mode: str, folder: str) -> int:
    """Scans every file below `folder` and prints one JSON object."""
    logging.disable(logging.CRITICAL)
    count = patterns() if mode == "patterns" else engine(patterns_only=mode == "engine-patterns")
    paths = [path for path in sorted(Path(folder).rglob("*")) if path.is_file()]
    texts = [path.read_text(encoding="utf-8", errors="replace") for path in paths]
    count("nothing to see")
    wall, cpu = time.perf_counter(), time.process_time()
    findings = sum(count(text) for text in texts)
    print(
        json.dumps(
            {
                "seconds": time.perf_counter() - wall,
                "cpu": time.process_time() - cpu,
                "bytes": sum(len(text.encode()) for text in texts),
                "files": len(texts),
                "findings": findings,
            }
        )
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
