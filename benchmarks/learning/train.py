"""Makes the shipped model of document types, and measures it: `python -m benchmarks.learning.train CACHE [--final]`.

CACHE is what `benchmarks.learning.natural` has fetched. Without `--final` words are chosen and a model is trained of the part
`open` alone, and measured on `second`: that is how settings are chosen. With it, both are trained with, and `final` is measured,
whose layouts, words and packages nothing before has seen.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import re
import resource
import time
import tomllib
from collections import Counter, defaultdict
from pathlib import Path

import assay.learn.vocabulary as vocabulary_module
from assay.detect.validators.person_names import listed_name
from assay.learn.documents import LONGEST, features_of
from assay.learn.evaluate import compare, evaluate, evaluation
from assay.learn.modelfile import ModelCard, write
from assay.learn.split import distinct, fingerprint
from assay.learn.train import train
from assay.learn.vocabulary import Vocabulary, vocabulary_of
from assay.model.learning import Sample
from benchmarks.learning.generate import HERE, Maker
from benchmarks.learning.natural import texts

OUT = Path(vocabulary_module.__file__).with_name("document_type.model")
_EACH = 60  # documents of one source and type
_SEED = 9
STRENGTH = 1.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cache", type=Path)
    parser.add_argument("--made", type=int, default=500, help="generated documents of each type")
    parser.add_argument("--final", action="store_true")
    parser.add_argument("--strength", type=float, default=STRENGTH, help="how little is regularised")
    parser.add_argument("--baseline", action="store_true")
    parser.add_argument("--keep", action="store_true", help="write the words and the model into the package")
    given = parser.parse_args()
    documents = collect("open", given.cache, given.made)
    if given.final:
        documents += collect("second", given.cache, given.made)
    print("trained with:", Counter(kind for kind, *_ in documents))
    words = chosen(documents)
    if given.keep:
        vocabulary_module.FILE.write_text("\n".join(words) + "\n", encoding="ascii")
    known = vocabulary_of(words)
    samples, contradicted = distinct(sampled(documents, known))
    print(f"{len(samples)} samples, {contradicted} contradicted, {len(words)} words")
    start = time.process_time()
    model = train(samples, strength=given.strength, seed=_SEED)
    seconds = time.process_time() - start
    print(
        f"trained in {seconds:.0f} s of the processor, {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MiB; "
        f"{len(model.names)} features, temperature {model.temperature:.2f}"
    )
    metrics = {"samples": len(samples), "fingerprint": fingerprint(samples)}
    tested = collect("final" if given.final else "second", given.cache, 120)
    held = sampled(tested, known)
    found = evaluate(model, held)
    tell(found)
    metrics["measured"] = {
        "macro_f1": found.macro_f1,
        "interval": found.interval,
        "ece": found.ece,
        "samples": found.samples,
    }
    features = [sample.features for sample in held]
    start = time.process_time()
    for item in features:
        model.predict(item)
    middle = time.process_time()
    for _, _, text in tested[:1000]:
        features_of(text[:LONGEST], None, known)
    print(
        f"{len(features) / (middle - start):.0f} predictions a second, with features "
        f"{1 / ((middle - start) / len(features) + (time.process_time() - middle) / min(1000, len(tested))):.0f} documents"
    )
    if given.baseline:
        from assay.learn.baseline import Baseline

        start = time.process_time()
        baseline = Baseline.train(
            [text[:LONGEST].decode("utf-8", "replace") for *_, text in documents], [kind for kind, *_ in documents]
        )
        print(f"baseline trained in {time.process_time() - start:.0f} s")
        usable = [item for item in tested if features_of(item[2][:LONGEST], None, known) is not None]
        told, sure = baseline.predict([text[:LONGEST].decode("utf-8", "replace") for *_, text in usable])
        other = evaluation([kind for kind, *_ in usable], told, sure)
        tell(other)
        print("ours against it:", compare([item.label for item in held], found.told, other.told))
    if given.keep:
        card = ModelCard(
            kind="document_type",
            fingerprint=metrics["fingerprint"],
            samples=len(samples),
            metrics=metrics,
            note="shipped",
        )
        OUT.write_bytes(write(model, card))
        print(OUT, OUT.stat().st_size)


def collect(part: str, cache: Path, made: int) -> list[tuple[str, str, bytes]]:
    """Type, source and text of each document of a part."""
    maker = Maker(part, _SEED)
    found = [
        (kind, f"made:{part}:{source}", text.encode())
        for kind in maker.layouts
        for source, text in maker.documents(kind, made)
    ]
    by_source: dict[tuple[str, str], list[bytes]] = defaultdict(list)
    for kind, source, text in texts(part, cache):
        by_source[kind, source].append(text.encode())
    drawing = random.Random(_SEED)
    for (kind, source), items in sorted(by_source.items()):
        found += [
            (kind, source, text) for text in drawing.sample(items, min(len(items), 12 if part == "final" else _EACH))
        ]
    return found


def sampled(documents: list[tuple[str, str, bytes]], words: Vocabulary) -> list[Sample]:
    """Documents as features."""
    return [
        Sample(features=features, label=kind, group=source, provenance=source)
        for kind, source, text in documents
        if (features := features_of(text[:LONGEST], None, words)) is not None
    ]


def chosen(documents: list[tuple[str, str, bytes]], singles: int = 9_000, pairs: int = 5_000) -> list[str]:
    """Words and pairs that several sources use, without names of persons and places."""
    sources: dict[str, set[str]] = defaultdict(set)
    counts: Counter[str] = Counter()
    word = re.compile(r"\b[a-z]{2,24}\b(?!@)")
    for _, source, text in documents:
        listed = word.findall(text[:LONGEST].decode("utf-8", "replace").lower())
        for term in {*listed, *(f"{a} {b}" for a, b in itertools.pairwise(listed))}:
            sources[term].add(source)
            counts[term] += 1
    shared = tomllib.loads((HERE / "words.toml").read_text(encoding="utf-8"))["shared"]
    values = {
        word
        for name in ("first", "last", "city", "firm", "street")
        for text in shared[name]
        for word in text.lower().split()
    } - {"street", "road", "avenue", "square", "high", "market"}
    # What a layout says is written for it; a word of packages has to be used by several.
    good = [
        term
        for term in sources
        if (len(sources[term]) >= 2 or min(sources[term]).startswith("made:"))
        and counts[term] >= 8
        and not any(word in values or listed_name(word) for word in term.split())
    ]
    by_use = sorted(good, key=lambda term: (-len(sources[term]), -counts[term], term))
    kept = [term for term in by_use if " " not in term][:singles]
    allowed = set(kept)
    both = [term for term in by_use if " " in term and set(term.split()) <= allowed][:pairs]
    return sorted(kept) + sorted(both)


def tell(found) -> None:
    print(f"macro-F1 {found.macro_f1} {found.interval} accuracy {found.accuracy} ECE {found.ece} of {found.samples}")
    for label, item in found.classes.items():
        wrong = {told: number for told, number in found.confusion.get(label, {}).items() if number and told != label}
        print(
            f"  {label:20} P {item.precision:.3f} R {item.recall:.3f} F1 {item.f1:.3f} of {item.samples}  {json.dumps(wrong)}"
        )


if __name__ == "__main__":
    main()
