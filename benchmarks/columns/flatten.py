"""Turn nested or odd file formats into flat tables of strings.

Every function returns a list of rows, one dict per row, header to text. A missing value is an
empty string. Nothing here knows about a certain package.
"""

from __future__ import annotations

import base64
import csv
import io
import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator
from typing import Any

Row = dict[str, str]

#: Parts of FHIR resources that only repeat the schema, never data about the subject.
_NOISE = frozenset({"meta", "text", "contained", "extension", "resourceType"})
_JS_KEY = re.compile(r"(?m)^(\s*)([A-Za-z_]\w*):")
_JS_TAIL = re.compile(r",(\s*[}\]])")
_INSERT = re.compile(r"insert\s+into\s+([\w.]+)\s*\(([^)]*)\)\s*values\s*\(", re.IGNORECASE)


def flatten(value: Any, sep: str = "_", noise: frozenset[str] = _NOISE) -> Row:
    """Give a flat row: keys joined by `sep`, of a list only the first element is kept."""
    out: Row = {}

    def walk(node: Any, path: tuple[str, ...]) -> None:
        if isinstance(node, dict):
            for key, child in node.items():
                if key not in noise:
                    walk(child, (*path, str(key)))
        elif isinstance(node, list):
            if node:
                walk(node[0], path)
        elif node is not None:
            out[sep.join(path)] = str(node).lower() if isinstance(node, bool) else str(node)

    walk(value, ())
    return out


def dig(value: Any, path: str) -> Any:
    """Follow a dotted path; an empty path is the value itself."""
    for part in filter(None, path.split(".")):
        value = value[int(part)] if isinstance(value, list) else value[part]
    return value


def from_json(text: str, path: str = "", explode: str = "") -> list[Row]:
    """Rows of a JSON array; with `explode`, one row for each element of that inner list."""
    records = dig(json.loads(text), path)
    return _exploded(records if isinstance(records, list) else [records], explode)


def from_ndjson(text: str, explode: str = "") -> list[Row]:
    """Rows of a file with one JSON object on each line."""
    return _exploded([json.loads(line) for line in text.splitlines() if line.strip()], explode)


def _exploded(records: list[Any], explode: str) -> list[Row]:
    if not explode:
        return [flatten(record) for record in records]
    rows: list[Row] = []
    for record in records:
        keep = {k: record[k] for k in ("id", "patient", "name") if k in record}
        prefix = {f"parent_{k}": v for k, v in flatten(keep).items()}
        rows += [{**prefix, **flatten(item)} for item in record.get(explode, [])]
    return rows


def from_js(text: str, path: str) -> list[Row]:
    """Rows of an object literal that a script exports."""
    body = text[text.index("= {") + 2 :].strip().rstrip(";")
    return from_json(_JS_TAIL.sub(r"\1", _JS_KEY.sub(r'\1"\2":', body)), path)


def from_fhir(texts: Iterable[str], kind: str, *, keyed: bool = False) -> list[Row]:
    """Rows of one kind of resource, from bundles or from single resources.

    With `keyed` each identifier and contact point gets a column of its own, and the text of an
    attachment is decoded.
    """
    rows: list[Row] = []
    for text in texts:
        document = json.loads(text)
        entries = [e.get("resource", {}) for e in document.get("entry", [])] or [document]
        chosen = [e for e in entries if e.get("resourceType") == kind]
        rows += [flatten(_keyed(e) if keyed else e) for e in chosen]
    return rows


def _keyed(resource: dict[str, Any]) -> dict[str, Any]:
    out = dict(resource)
    for item in out.pop("identifier", []):
        codes = item.get("type", {}).get("coding", [{"code": item["system"].rpartition("/")[2]}])
        out[f"identifier_{codes[0]['code']}"] = item["value"]
    for item in out.pop("telecom", []):
        out[f"telecom_{item['system']}"] = item["value"]
    for content in out.pop("content", []):
        out["content_text"] = base64.b64decode(content["attachment"]["data"]).decode()
    return out


def from_csv(text: str, sep: str = ",", names: list[str] | None = None) -> list[Row]:
    """Rows of a delimited file whose first line is the header, or that has none and gets `names`."""
    reader = csv.reader(io.StringIO(text), delimiter=sep)
    names = names or [name.strip().strip("\ufeff") for name in next(reader)]
    return [dict(zip(names, line, strict=False)) for line in reader if any(line)]


def from_fixed(text: str, fields: dict[str, int]) -> list[Row]:
    """Rows of a file of fixed-width fields, given as name and width in order."""
    rows: list[Row] = []
    for line in filter(str.strip, text.splitlines()):
        row, at = {}, 0
        for name, width in fields.items():
            row[name] = line[at : at + width].strip()
            at += width
        rows.append(row)
    return rows


def from_arff(text: str) -> list[Row]:
    """Rows of an attribute-relation file."""
    head, body = re.split(r"(?im)^@data\s*$", re.sub(r"(?m)^%.*\n", "", text), maxsplit=1)
    names = [a.strip("'\"") for a in re.findall(r"(?im)^@attribute\s+('[^']*'|\S+)", head)]
    reader = csv.reader(io.StringIO(body.strip()), quotechar="'", skipinitialspace=True)
    return [dict(zip(names, ("" if v == "?" else v for v in line), strict=False)) for line in reader if line]


def from_xml(text: str, record: str) -> list[Row]:
    """Rows of the elements of one name: their attributes, and those and the text of what is in them.

    Of children with one path only the first is kept; namespaces are dropped.
    """
    return [_element(node) for node in ET.fromstring(text).iter() if _local(node.tag) == record]


def _element(node: ET.Element, path: str = "") -> Row:
    row: Row = {f"{path}{_local(name)}": value for name, value in node.attrib.items()}
    if path and (node.text or "").strip():
        row[path.rstrip("_")] = (node.text or "").strip()
    for child in node:
        row = _element(child, f"{path}{_local(child.tag)}_") | row
    return row


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def from_parquet(blob: bytes) -> list[Row]:
    """Rows of a Parquet file."""
    from pyarrow import BufferReader, parquet

    table = parquet.read_table(BufferReader(blob))
    names = [n for n in table.column_names if not n.startswith("__index")]
    return [{n: "" if r[n] is None else str(r[n]) for n in names} for r in table.select(names).to_pylist()]


def from_fixture(text: str, model: str) -> list[Row]:
    """Rows of one model in a web framework's JSON fixture."""
    return [flatten({"pk": r["pk"], **r["fields"]}) for r in json.loads(text) if r["model"] == model]


def from_ldif(text: str, keep: frozenset[str]) -> list[Row]:
    """Rows of the entries of a directory dump that have a user id."""
    rows: list[Row] = []
    for block in re.split(r"\n\s*\n", text.replace("\n ", "")):
        row: Row = {}
        for line in block.splitlines():
            name, colon, value = line.partition(":")
            name = name.lower()
            if colon and not line.startswith("#") and name in keep:
                row.setdefault(name, value.strip())
        if "uid" in row and "sn" in row:
            rows.append(row)
    return rows


def from_odoo(text: str, model: str) -> list[Row]:
    """Rows of the records of one model in a data file with nested `field` elements."""
    rows: list[Row] = []
    for record in ET.fromstring(text).iter("record"):
        if record.get("model") != model:
            continue
        row = {"id": record.get("id", "")}
        for field in record.iter("field"):
            name = field.get("name", "")
            row[name] = (field.text or field.get("ref") or field.get("eval") or "").strip()
        rows.append(row)
    return rows


def from_inserts(texts: Iterable[str], table: str) -> list[Row]:
    """Rows of the INSERT statements into one table; a value that is no literal is left empty."""
    rows: list[Row] = []
    for text in texts:
        for match in _INSERT.finditer(text):
            if match.group(1).lower() == table:
                names = [name.strip().strip('"') for name in match.group(2).split(",")]
                values = [_literal(v) for v in _arguments(text, match.end())]
                rows.append(dict(zip(names, values, strict=False)))
    return rows


def _arguments(text: str, start: int) -> Iterator[str]:
    depth, quoted, begin = 0, False, start
    for at in range(start, len(text)):
        char = text[at]
        if char == "'":
            quoted = not quoted
        elif quoted:
            continue
        elif char == "(":
            depth += 1
        elif char == ")" and depth:
            depth -= 1
        elif char in ",)" and not depth:
            yield text[begin:at]
            begin = at + 1
            if char == ")":
                return


def _literal(value: str) -> str:
    value = re.sub(r"::\s*\w+$", "", value.strip())
    match = re.fullmatch(r"E?'((?:[^']|'')*)'", value, re.DOTALL)
    if match:
        return match.group(1).replace("''", "'").replace("\n", " ").strip()
    return value if re.fullmatch(r"-?\d+(\.\d+)?|true|false", value) else ""


def _segments(text: str) -> list[list[str]]:
    return [part.strip().split("*") for part in text.replace("\n", "").split("~") if part.strip()]


def _at(segment: list[str], index: int) -> str:
    return segment[index] if index < len(segment) else ""


def from_x12_members(texts: Iterable[str]) -> list[Row]:
    """One row for each member of benefit enrolment files (transaction 834)."""
    rows: list[Row] = []
    for text in texts:
        row: Row = {}
        for seg in _segments(text):
            match seg[0]:
                case "INS":
                    row = {"INS01_SUBSCRIBER": _at(seg, 1), "INS03_MAINT": _at(seg, 3)}
                    row["INS08_EMPL"] = _at(seg, 8)
                    rows.append(row)
                case "REF" if row:
                    row[f"REF_{_at(seg, 1)}"] = _at(seg, 2)
                case "NM1" if row and _at(seg, 1) in {"IL", "74"}:
                    row |= {"NM103": _at(seg, 3), "NM104": _at(seg, 4), "NM109": _at(seg, 9)}
                case "PER" if row:
                    row["PER04"] = _at(seg, 4)
                case "N3" if row:
                    row["N301"] = _at(seg, 1)
                case "N4" if row:
                    row |= {"N401": _at(seg, 1), "N402": _at(seg, 2), "N403": _at(seg, 3)}
                case "DMG" if row:
                    row |= {"DMG02": _at(seg, 2), "DMG03": _at(seg, 3)}
                case "HD" if row:
                    row["HD04_PLAN"] = _at(seg, 4)
                case "DTP" if row:
                    row[f"DTP_{_at(seg, 1)}"] = _at(seg, 3)
    return rows


def from_x12_claims(texts: Iterable[str]) -> list[Row]:
    """One row for each service line of claim files (transaction 837)."""
    rows: list[Row] = []
    for text in texts:
        claim: Row = {}
        member: Row = {}
        for seg in _segments(text):
            match seg[0]:
                case "NM1" if _at(seg, 1) == "85":
                    member = {"BILL_PRV_NM": _at(seg, 3), "BILL_PRV_NPI": _at(seg, 9)}
                case "REF" if _at(seg, 1) == "EI":
                    member["BILL_PRV_TAX_ID"] = _at(seg, 2)
                case "NM1" if _at(seg, 1) == "IL":
                    member |= {"SBR_LAST_NM": _at(seg, 3), "SBR_FIRST_NM": _at(seg, 4)}
                    member["SBR_MBR_ID"] = _at(seg, 9)
                case "CLM":
                    claim = {**member, "CLM_ID": _at(seg, 1), "CLM_AMT": _at(seg, 2)}
                    claim["CLM_POS"] = _at(seg, 5)
                case "HI" if claim:
                    codes = [part.split(":")[1] for part in seg[1:] if ":" in part]
                    for number, code in enumerate(codes, start=1):
                        claim.setdefault(f"HI_{number:02d}", code)
                case "SV1" | "SV2" if claim:
                    offset = 1 if seg[0] == "SV1" else 2
                    row = {**claim, "SV_PROC": _at(seg, offset), "SV_AMT": _at(seg, offset + 1)}
                    rows.append(row)
                case "DTP" if claim and rows and _at(seg, 1) == "472":
                    rows[-1]["SV_DT"] = _at(seg, 3)
    return rows
