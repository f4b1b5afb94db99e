"""Values of the later examples: of identifiers that came after the other parts were made, and of one more scanner of personal data."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.identifiers.kinds_more import LATER, OPENREDACTION
from benchmarks.identifiers.makers_dev import EACH, Made
from benchmarks.identifiers.makers_examples import Said, kingfisher_examples
from benchmarks.identifiers.regexes import parsed, secret_part, written

_CANDIDATES = 400
_BETWEEN = re.compile(r"\[\\s\\u00A0[^\]]*\]\?")
"""A blank, point or hyphen that may stand after any digit: nobody writes numbers so."""
_LISTED = """
const all = require(process.argv[1]).allPatterns;
console.log(JSON.stringify(all.map(p => ({type: p.type, source: p.regex.source, description: p.description || p.type}))));
"""
_CHECKED = """
const all = Object.fromEntries(require(process.argv[1]).allPatterns.map(p => [p.type, p]));
const made = JSON.parse(require("fs").readFileSync(0, "utf8"));
const near = (p, value) => `${p.description} ${p.type.replaceAll("_", " ")} ${value}`;
for (const kind in made) made[kind] = made[kind].filter(v => !all[kind].validator || all[kind].validator(v, near(all[kind], v)));
console.log(JSON.stringify(made));
"""


def made(random: Random, cache: Path) -> Iterator[Made | Said]:
    """Everything, maker by maker."""
    for said in kingfisher_examples(cache / "kingfisher-1.112.json"):
        if said.kind.removeprefix("kingfisher-1:").partition(".")[0] in LATER and "Endpoint" not in said.kind:
            yield said
    yield from openredaction_values(cache / "openredaction-core", random)


def openredaction_values(package: Path, random: Random) -> Iterator[Made]:
    """Strings of the group of its expressions that its own checks (run by node) pass, by its name and its description."""
    listed = {one["type"]: one for one in _node(_LISTED, package, None)}
    candidates: dict[str, list[str]] = {}
    for kind in OPENREDACTION:
        tree = secret_part(parsed(_BETWEEN.sub("", listed[kind]["source"].replace(r"\/", "/"))))
        candidates[kind] = [written(tree, random, True) for _ in range(_CANDIDATES)]
    for kind, values in _node(_CHECKED, package, candidates).items():
        told = re.sub(r" \(.*", "", listed[kind]["description"]).lower()
        words = tuple(dict.fromkeys((told, kind.lower().replace("_", " "))))
        for value in list(dict.fromkeys(values))[:EACH]:
            yield Made(f"openredaction:{kind}", value, words, "")


def _node(script: str, package: Path, given: object) -> Any:
    command = ["node", "-e", script, str(package.resolve())]
    done = subprocess.run(command, input=json.dumps(given), capture_output=True, text=True, check=True)
    return json.loads(done.stdout)
