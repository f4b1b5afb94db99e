"""The models that a scan uses: those that were promoted, else those that ship. Each is loaded when it is first needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from assay.learn.kinds import COLUMN_TYPE, DOCUMENT_TYPE
from assay.model import ColumnSketch
from assay.model.learning import Features

if TYPE_CHECKING:
    from assay.learn.linear import LinearModel
    from assay.learn.reading import Reading


@dataclass(slots=True, kw_only=True)
class Learner:
    """Models by what they tell. `promoted` are files that were read and checked already; `canary` is a model that
    is tried on a share of documents. With `keep` features are kept."""

    promoted: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    canary: tuple[bytes, float] | None = field(default=None, repr=False)
    keep: bool = False
    _made: dict[str, LinearModel | None] = field(default_factory=dict, repr=False)

    def reading(self) -> Reading:
        """Takes the text of one resource."""
        from assay.learn.reading import Reading  # only where there is a text

        return Reading(self._document_model, keep=self.keep)

    def columns(self, sketches: Sequence[ColumnSketch], table: str) -> list[Mapping[str, float]]:
        """What the column model says of each column of a table."""
        model = self.model(COLUMN_TYPE)
        if model is None:
            return [{} for _ in sketches]
        from assay.learn.columns import votes  # only where there is a table

        return votes(model, sketches, table)

    def model(self, kind: str) -> LinearModel | None:
        """The model in effect; `None` where none was promoted and none ships."""
        if kind not in self._made:
            from assay.learn.modelfile import read
            from assay.learn.shipped import shipped

            data = self.promoted.get(kind) or shipped(kind)
            self._made[kind] = None if data is None else read(data)[0]
        return self._made[kind]

    def _document_model(self, features: Features) -> LinearModel:
        from assay.learn.reading import drawn

        if self.canary is not None and drawn(features, self.canary[1]):
            if "canary" not in self._made:
                from assay.learn.modelfile import read

                self._made["canary"] = read(self.canary[0])[0]
            tried = self._made["canary"]
            assert tried is not None
            return tried
        model = self.model(DOCUMENT_TYPE)
        assert model is not None  # one ships
        return model

    def __getstate__(self) -> dict[str, Any]:
        return {"promoted": self.promoted, "canary": self.canary, "keep": self.keep}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.promoted, self.canary, self.keep, self._made = state["promoted"], state["canary"], state["keep"], {}
