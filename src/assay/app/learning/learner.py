"""The models that a scan uses: those that were promoted, else those that ship. Each is loaded when it is first needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from assay.learn.kinds import COLUMN_TYPE, DOCUMENT_LEVEL, DOCUMENT_TYPE
from assay.model import ColumnRecord, ColumnSketch

if TYPE_CHECKING:
    from assay.learn.linear import LinearModel
    from assay.learn.reading import Models, Reading
    from assay.model.learning import ColumnOpinion, Features

_TRIED = "canary of "


@dataclass(slots=True, kw_only=True)
class Learner:
    """Models by what they tell. `promoted` are files that were read and checked already; `canaries` are models that
    are tried on a share of documents. With `keep` features are kept."""

    promoted: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    canaries: Mapping[str, tuple[bytes, float]] = field(default_factory=dict, repr=False)
    keep: bool = False
    _made: dict[str, LinearModel | None] = field(default_factory=dict, repr=False)

    def reading(self) -> Reading:
        """Takes the text of one resource."""
        from assay.learn.reading import Reading  # only where there is a text

        return Reading(self._document_models, keep=self.keep)

    def columns(self, sketches: Sequence[ColumnSketch], table: str) -> list[Mapping[str, float]]:
        """What the column model says of each column of a table."""
        model = self._for_columns(sketches, table)
        if model is None:
            return [{} for _ in sketches]
        from assay.learn.columns import votes  # only where there is a table

        return votes(model, sketches, table)

    def opinions(
        self, sketches: Sequence[ColumnSketch], records: Sequence[ColumnRecord], asked: Sequence[int]
    ) -> Mapping[int, ColumnOpinion]:
        """What the shipped model takes columns for of which nothing else tells anything."""
        from assay.learn.untold import shipped_untold  # only where there is such a column

        return shipped_untold().opinions(sketches, records, asked)

    def model(self, kind: str) -> LinearModel | None:
        """The model in effect; `None` where none was promoted and none ships."""
        from assay.learn.shipped import shipped

        return self._loaded(kind, lambda: self.promoted.get(kind) or shipped(kind))

    def _document_models(self, features: Features) -> Models:
        from assay.learn.reading import Models

        of_type = self._for(DOCUMENT_TYPE, features)
        assert of_type is not None  # one ships
        return Models(of_type, self._for(DOCUMENT_LEVEL, features))

    def _for_columns(self, sketches: Sequence[ColumnSketch], table: str) -> LinearModel | None:
        tried = self.canaries.get(COLUMN_TYPE)
        if tried is not None:
            from assay.learn.reading import drawn

            # Columns of one table are judged together, by the one model or the other.
            if drawn(dict.fromkeys((table, *(sketch.name for sketch in sketches)), 1.0), tried[1]):
                return self._loaded(_TRIED + COLUMN_TYPE, lambda: tried[0])
        return self.model(COLUMN_TYPE)

    def _for(self, kind: str, features: Features) -> LinearModel | None:
        """The model of a kind that this document is read with."""
        from assay.learn.reading import drawn

        tried = self.canaries.get(kind)
        if tried is not None and drawn(features, tried[1]):
            return self._loaded(_TRIED + kind, lambda: tried[0])
        return self.model(kind)

    def _loaded(self, name: str, data_of: Callable[[], bytes | None]) -> LinearModel | None:
        if name not in self._made:
            from assay.learn.modelfile import read

            data = data_of()
            self._made[name] = None if data is None else read(data)[0]
        return self._made[name]

    def __getstate__(self) -> dict[str, Any]:
        return {"promoted": self.promoted, "canaries": self.canaries, "keep": self.keep}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.promoted, self.canaries, self.keep, self._made = state["promoted"], state["canaries"], state["keep"], {}
