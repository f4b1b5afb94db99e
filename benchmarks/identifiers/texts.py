"""Texts around a value, and texts that hold nothing: a set of templates for each part that has its own.

In a template `{w}` is what the value is called, `{k}` the same as a key, `{K}` as a variable, `{c}` in camel case, and `{v}`
the value. `{n}` is a sentence or line of noise.
"""

from __future__ import annotations

import re
import unicodedata
from random import Random
from typing import NamedTuple

PERSONAL = {
    "dev": (
        "{w}: {v}",
        "{n}\n{w}: {v}\n{n}",
        "The {w} of the applicant is {v}.",
        "{n} Please change the {w} on file to {v} before Friday. {n}",
        '{{"id": 4711, "{k}": "{v}", "active": true}}',
        "record:\n  {k}: {v}\n  state: open\n",
        "<entry><{k}>{v}</{k}><state>open</state></entry>",
        "2024-03-11T09:14:02Z INFO form submitted {k}={v} status=200",
        "INSERT INTO intake (id, {k}, state) VALUES (17, '{v}', 'open');",
        "* {w}  {v}\n* {n}\n",
        "<p><b>{w}</b> {v}</p>\n<p>{n}</p>",
        "Hello,\n\nmy {w} is {v}.\n\nRegards",
    ),
    "final": (
        "| field | value |\n|---|---|\n| {w} | {v} |\n| remark | {n} |\n",
        "[intake]\n{k} = {v}\nstate = open\n",
        "agent: could you tell me your {w}?\ncustomer: sure, {v}\nagent: thank you\n",
        "{w} ............ {v}\nState ............ open\n",
        "We have received {v} ({w}) and will answer soon. {n}",
        "<tr><th>{w}</th><td>{v}</td></tr>\n<tr><th>State</th><td>open</td></tr>",
        '{{"person": {{"{c}": "{v}", "state": "open"}}, "page": 3}}',
        "const record = {{ {c}: '{v}', state: 'open' }};",
        "{n}\n\n{w}\n{v}\n\n{n}\n",
        "> {w} = {v}\n> {n}\n",
        "ref;{k};state\n881;{v};open\n882;;closed\n",
        "[2024-07-02 17:55:10] app.DEBUG: {c} => {v}, attempt => 2",
    ),
    "sealed": (
        "{w} - {v}\n{n}\n",
        "Dear Sir or Madam, please find my {w} below:\n\n    {v}\n\n{n}",
        "{k},created_at\n{v},2025-02-01\n",
        '{{\n  "data": [\n    {{"{c}": "{v}"}}\n  ]\n}}\n',
        "1. {w}: {v} (checked by the front desk)\n2. {n}\n",
        "form.{c}.value = '{v}'; // {n}\n",
        '<label>{w}</label><input value="{v}"><br>\n{n}',
        "Subject: Re: documents\n\n> What is your {w}?\n\nIt is {v}. {n}\n",
        "kind: intake\nfields:\n  - name: {k}\n    value: {v}\n",
        "May 14 10:02:51 host intake[311]: stored {k} '{v}' in 3 ms\n",
    ),
}
CREDENTIALS = {
    "dev": (
        "export {K}={v}",
        '{k} = "{v}"',
        '{{"{k}": "{v}"}}',
        "{k}: {v}\nregion: eu-1\n",
        "{K}='{v}'\nDEBUG=0\n",
        "const {c} = '{v}';",
        "// {w}: {v}\n",
        'Map.of("{k}", "{v}");',
        "curl -s https://api.internal/v1 -d '{k}={v}'",
    ),
    "final": (
        "ENV {K} {v}\nWORKDIR /srv\n",
        "{k}={v}\nlog.level=info\n",
        "environment:\n  - {K}={v}\n  - TZ=UTC\n",
        'variable "{k}" {{\n  default = "{v}"\n}}\n',
        "deploy --{k} {v} --wait",
        'client = Client({k}="{v}", timeout=30)',
        'let {c}: String = "{v}".to_string();',
        "The {w} is `{v}`, rotate it when you are done.",
        "[default]\n{k} = {v}\n",
    ),
    "sealed": (
        "$ {K}={v} make deploy\n",
        '  "{c}": "{v}",\n  "retries": 3\n',
        '{k} := "{v}"\n',
        "- name: {K}\n  value: {v}\n",
        '<add key="{c}" value="{v}" />\n',
        'os.environ["{K}"] = "{v}"\n',
        "{w}: {v}\n{n}\n",
        "config.set('{k}', '{v}')\n",
    ),
}
NOISE = {
    "dev": (
        "The meeting has been moved to room 204.",
        "Order 4500123987 was shipped in 3 parcels.",
        "Build 2.14.0-rc.3 finished in 1843 ms.",
        "See chapter 7, table 12.",
        "Total: 1.249,00 of 3,000.50",
        "Ticket OPS-48213 is waiting.",
        "Opening hours 08:30-17:00, closed on public holidays.",
    ),
    "final": (
        "Invoice 2024-118834 remains unpaid.",
        "Shelf B-17, bin 0042, quantity 1200.",
        "The nightly job wrote 98,441 rows in 00:12:09.",
        "Compare figure 3b on page 118.",
        "Case 77120 was reopened twice.",
        "It rained for 14 days; 212.4 mm in all.",
        "Firmware 10.2.1.7 must not be used.",
    ),
    "sealed": (
        "Room 12.07 is booked until 16:45.",
        "Version 7.3.2 was released on Tuesday.",
        "Quantity 240, pallet 0087 of 1200.",
        "See clause 14.2(b) of the annex.",
        "Ping took 31.8 ms over 12 hops.",
        "Batch 55-2209 passed with 0.3 % rejects.",
    ),
}


class Text(NamedTuple):
    """A text, and where the value stands in it (in characters)."""

    text: str
    start: int
    end: int


def around(half: str, secret: bool, number: int, word: str, value: str, random: Random) -> Text:
    """The value in the template of that number."""
    templates = (CREDENTIALS if secret else PERSONAL)[half]
    template = templates[number % len(templates)]
    key = as_key(word)
    if not key and any(mark in template for mark in ("{k}", "{K}", "{c}")):
        # A script without an alphabet of ASCII makes no key: as a line then.
        template = "{w}: {v}" if half != "final" else "{w} = {v}\n{n}\n"
    template = re.sub(r"\{n\}", lambda _: random.choice(NOISE[half]), template)
    before, _, after = template.partition("{v}")
    words = {"w": word, "k": key, "K": key.upper(), "c": _camel(key)}
    head = before.format(**words)
    return Text(head + value + after.format(**words), len(head), len(head) + len(value))


def as_key(word: str) -> str:
    """`número de identificação` → `numero_de_identificacao`; empty where no letter of ASCII is left."""
    plain = unicodedata.normalize("NFKD", word).encode("ascii", "ignore").decode()
    if len(plain) < len(word) * 0.6:
        return ""
    return re.sub(r"[^a-z0-9]+", "_", plain.lower()).strip("_")


def _camel(key: str) -> str:
    first, *rest = key.split("_")
    return first + "".join(part.title() for part in rest)
