"""Where identifiers' files lie."""

from __future__ import annotations

from pathlib import Path

from assay.errors import RuleError


def builtin_root() -> Path:
    """Folder of the identifiers that ship with assay."""
    return Path(__file__).resolve().parent.parent / "identifiers"


def files_under(path: Path) -> list[Path]:
    """The identifier files at `path`: itself, or every `.yaml` below it, sorted by path."""
    if path.is_dir():
        return sorted(found for found in path.rglob("*.y*ml") if found.suffix in {".yaml", ".yml"})
    if not path.exists():
        raise RuleError(f"{path}: no such file or folder; name an identifier's .yaml file or a folder of them")
    return [path]
