"""What a model has to beat: TF-IDF of 1–3 words, at most 10,000 terms, and a random forest of 100 trees of depth 10.

It reads the text itself, needs scikit-learn for everything, and is never used but to compare with.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from assay.errors import UsageError

TERMS = 10_000


class Baseline:
    """The baseline, trained."""

    def __init__(self, vectorizer: Any, forest: Any) -> None:
        self._vectorizer = vectorizer
        self._forest = forest

    @classmethod
    def train(cls, texts: Sequence[str], labels: Sequence[str], *, seed: int = 0) -> Baseline:
        """Raises `UsageError` where scikit-learn is not installed."""
        try:
            from sklearn.ensemble import RandomForestClassifier
            from sklearn.feature_extraction.text import TfidfVectorizer
        except ImportError:
            raise UsageError("the baseline needs scikit-learn: pip install 'assay[learn]'") from None
        vectorizer = TfidfVectorizer(ngram_range=(1, 3), max_features=TERMS, sublinear_tf=True)
        forest = RandomForestClassifier(n_estimators=100, max_depth=10, class_weight="balanced", random_state=seed)
        forest.fit(vectorizer.fit_transform(texts), labels)
        return cls(vectorizer, forest)

    def predict(self, texts: Sequence[str]) -> tuple[list[str], list[float]]:
        """The label of each text, and how sure it is."""
        shares = self._forest.predict_proba(self._vectorizer.transform(texts))
        best = shares.argmax(axis=1)
        return [str(self._forest.classes_[at]) for at in best], [float(row.max()) for row in shares]
