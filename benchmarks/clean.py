"""Text that holds nothing sensitive and looks as if it did: what a scanner reports here is false."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Iterator
from random import Random
from uuid import UUID

from benchmarks import values
from benchmarks.filler import Filler, private_address

_BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
Text = tuple[str, Iterable[str]]


def identifier_lists(rng: Random, size: int) -> Iterator[Text]:
    """UUIDs and digests: plain lists, a CSV, JSON, `sha256sum` output, and `git log --oneline`."""

    def event() -> str:
        record = {"id": _uuid(rng), "trace_id": _hex(rng, 32), "span_id": _hex(rng, 16), "n": rng.randrange(10**12)}
        return json.dumps(record) + "\n"

    def release() -> str:
        return f"{_hex(rng, 64)}  {values.name(rng)}-{rng.randrange(99)}.{rng.randrange(9)}.tar.xz\n"

    part = size // 6
    yield "uuids.txt", _until(part, lambda: f"{_uuid(rng)}\n")
    yield "digests.txt", _until(part, lambda: f"{_hex(rng, rng.choice((32, 40, 64, 128)))}\n")
    yield "SHA256SUMS", _until(part, release)
    yield "commits.txt", _until(part, lambda: f"{_hex(rng, 40)} {values.name(rng)} the {values.name(rng)}\n")
    yield (
        "objects.csv",
        _framed(
            "object_id,parent_id,etag,size\n",
            _until(part, lambda: f"{_uuid(rng)},{_uuid(rng)},{_hex(rng, 32)},{rng.randrange(10**9)}\n"),
        ),
    )
    yield "events.jsonl", _until(part, event)


def logs(rng: Random, size: int) -> Iterator[Text]:
    """Application, access, syslog, JSON with epochs in seconds and milliseconds, kernel, and metrics."""
    part = size // 6
    filler = Filler(rng)

    def access() -> str:
        return (
            f"{private_address(rng)} - - [{rng.randrange(1, 29):02d}/Jul/2025:{_clock(rng)} +0000] "
            f'"GET /{filler.word()}/{rng.randrange(10**7)}?t={_epoch(rng)} HTTP/1.1" 200 {rng.randrange(10**6)} '
            '"-" "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"\n'
        )

    def syslog() -> str:
        head = f"Jul {rng.randrange(1, 29):2d} {_clock(rng)} node-{rng.randrange(40)} {filler.word()}"
        process, done, total = rng.randrange(99_999), rng.randrange(10**10), rng.randrange(10**10)
        return f"{head}[{process}]: {filler.word()} {filler.word()} {done} of {total}\n"

    def event() -> str:
        record = {
            "ts": _epoch(rng),
            "ms": _epoch(rng) * 1000 + rng.randrange(1000),
            "seq": rng.randrange(10**9),
            "level": "info",
            "email_verified": rng.random() < 0.5,
            "duration": round(rng.random(), 6),
            "account_type": filler.word(),
        }
        return json.dumps(record) + "\n"

    def kernel() -> str:
        device = f"0000:{rng.randrange(256):02x}:{rng.randrange(32):02x}.0"
        return (
            f"[{rng.random() * 90_000:12.6f}] {filler.word()} {device}: BAR {rng.randrange(6)} "
            f"[mem 0x{rng.getrandbits(32):08x}-0x{rng.getrandbits(32):08x} 64bit pref]\n"
        )

    def metric() -> str:
        labels = f'le="{rng.random():.3f}",shard="{rng.randrange(64)}"'
        name = f"{filler.word()}_{filler.word()}_seconds_bucket"
        return f"{name}{{{labels}}} {rng.randrange(10**9)} {_epoch(rng)}{rng.randrange(1000):03d}\n"

    yield "app.log", filler.log(part)
    yield "access.log", _until(part, access)
    yield "syslog", _until(part, syslog)
    yield "events.jsonl", _until(part, event)
    yield "kern.log", _until(part, kernel)
    yield "metrics.prom", _until(part, metric)


def web(rng: Random, size: int) -> Iterator[Text]:
    """Minified style sheets, bundles, a source map, and an SVG of many paths."""
    part = size // 4
    filler = Filler(rng)
    mappings = _framed(
        '{"version":3,"sources":["a.js"],"names":[],"mappings":"', _until(part, lambda: _mapping(rng)), '"}\n'
    )
    drawing = _framed(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 960 600">\n', _until(part, lambda: _path(rng)), "</svg>\n"
    )
    yield "app.min.css", _until(part, lambda: _css(rng, filler))
    yield "app.min.js", _until(part, lambda: _script(rng, filler))
    yield "app.min.js.map", mappings
    yield "drawing.svg", drawing


def locks(rng: Random, size: int) -> Iterator[Text]:
    """package-lock.json, yarn.lock, poetry.lock, Cargo.lock, go.sum, requirements with hashes."""
    part = size // 6

    def yarn() -> str:
        package, version = values.name(rng), _version(rng)
        return (
            f'"@{values.name(rng)}/{package}@^{version}", {package}@~{version}:\n  version "{version}"\n'
            f'  resolved "https://registry.yarnpkg.com/{package}/-/{package}-{version}.tgz#{_hex(rng, 40)}"\n'
            f"  integrity {_integrity(rng)}\n\n"
        )

    def poetry() -> str:
        package, version = values.name(rng), _version(rng)
        wheel = f"{package}-{version}-cp311-cp311-manylinux_2_17_x86_64.whl"
        files = f'files = [\n    {{file = "{wheel}", hash = "sha256:{_hex(rng, 64)}"}},\n]\n'
        return f'[[package]]\nname = "{package}"\nversion = "{version}"\n{files}\n'

    def cargo() -> str:
        return (
            f'[[package]]\nname = "{values.name(rng)}"\nversion = "{_version(rng)}"\n'
            f'source = "registry+https://github.com/rust-lang/crates.io-index"\nchecksum = "{_hex(rng, 64)}"\n\n'
        )

    def go() -> str:
        day = f"20{rng.randrange(18, 26)}0{rng.randrange(1, 10)}1{rng.randrange(10)}"
        version = f"v0.0.0-{day}{rng.randrange(100_000, 235_959)}-{_hex(rng, 12)}"
        return f"github.com/{values.name(rng)}/{values.name(rng)} {version} h1:{_base64(rng, 32)}\n"

    def pip() -> str:
        hashes = " \\\n".join(f"    --hash=sha256:{_hex(rng, 64)}" for _ in range(2))
        return f"{values.name(rng)}=={_version(rng)} \\\n{hashes}\n"

    npm = _framed(
        '{\n  "lockfileVersion": 3,\n  "packages": {\n', _until(part, lambda: _npm(rng)), '    "": {}\n  }\n}\n'
    )
    yield "package-lock.json", npm
    yield "yarn.lock", _until(part, yarn)
    yield "poetry.lock", _until(part, poetry)
    yield "Cargo.lock", _until(part, cargo)
    yield "go.sum", _until(part, go)
    yield "requirements.txt", _until(part, pip)


def _until(size: int, line: Callable[[], str]) -> Iterator[str]:
    made = 0
    while made < size:
        text = line()
        made += len(text)
        yield text


def _framed(header: str, body: Iterable[str], footer: str = "") -> Iterator[str]:
    yield header
    yield from body
    yield footer


def _hex(rng: Random, digits: int) -> str:
    return f"{rng.getrandbits(digits * 4):0{digits}x}"


def _uuid(rng: Random) -> str:
    return str(UUID(int=rng.getrandbits(128), version=4))


def _base64(rng: Random, length: int) -> str:
    return base64.b64encode(rng.randbytes(length)).decode()


def _integrity(rng: Random) -> str:
    return f"sha512-{_base64(rng, 64)}"


def _epoch(rng: Random) -> int:
    return rng.randrange(1_500_000_000, 1_790_000_000)


def _clock(rng: Random) -> str:
    return f"{rng.randrange(24):02d}:{rng.randrange(60):02d}:{rng.randrange(60):02d}"


def _version(rng: Random) -> str:
    return f"{rng.randrange(30)}.{rng.randrange(40)}.{rng.randrange(20)}"


def _css(rng: Random, filler: Filler) -> str:
    if rng.random() < 0.004:
        image = _base64(rng, rng.randrange(300, 4000))
        return f".{filler.word()}{{background:url(data:image/png;base64,{image})}}"
    selector = f".{filler.word()}-{filler.word()}:hover>.{filler.word()}"
    margin = f"margin:{rng.randrange(40)}px {rng.random() * 9:.3f}em"
    move = f"transform:translate3d({rng.random():.6f}px,-{rng.randrange(900)}px,0)"
    return f"{selector}{{{margin};color:#{_hex(rng, 6)};{move};z-index:{rng.randrange(10**6)}}}"


def _script(rng: Random, filler: Filler) -> str:
    a, b = chr(97 + rng.randrange(26)), chr(97 + rng.randrange(26))
    number, large = rng.randrange(10**5), rng.randrange(10**9)
    return rng.choice((
        f"function {a}({b},t){{return {b}.{filler.word()}&&t>{large}?{b}[{number}]:void 0}}",
        f'{a}.exports={{password:"password",token:{b}.token,secret:null,{filler.word()}:!0}};',
        f'var {a}="{filler.word()}-{_hex(rng, 20)}",{b}={rng.random():.12f};',
        f'{number}:({a},{b},n)=>{{"use strict";n.d({b},{{Z:()=>{a}}});const o=[{large},{number}]}},',
        f'if({a}.key==="Enter"||{a}.keyCode===13){{{b}.apiKey=this.props.apiKey;{b}.email=e.target.value}}',
    ))  # fmt: skip


def _mapping(rng: Random) -> str:
    return "".join(rng.choices(_BASE64, k=rng.randrange(4, 6))) + rng.choice(",,,,,;")


def _path(rng: Random) -> str:
    points = " ".join(f"{rng.random() * 960:.3f},{rng.random() * 600:.3f}" for _ in range(8))
    return f'<path id="p{rng.randrange(10**6)}" d="M{points}Z" fill="#{_hex(rng, 6)}"/>\n'


def _npm(rng: Random) -> str:
    package, version = values.name(rng), _version(rng)
    return (
        f'    "node_modules/@{values.name(rng)}/{package}": {{\n      "version": "{version}",\n'
        f'      "resolved": "https://registry.npmjs.org/{package}/-/{package}-{version}.tgz",\n'
        f'      "integrity": "{_integrity(rng)}",\n      "license": "MIT",\n'
        f'      "engines": {{"node": ">={rng.randrange(6, 23)}"}}\n    }},\n'
    )
