"""Harmless text that looks like source code, logs, prose and tables: what most bytes of most disks are."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

_NOUNS = (  # noqa: SIM905  # quoting each word reads worse
    "account action batch bucket buffer cache channel chunk client cluster column command config context cursor "
    "dataset device document element engine entry event export factory feature field filter folder format frame "
    "graph handler header image index input instance item iterator job journal kernel label layer layout ledger "
    "level library limit line loader lock logger manager mapper matrix member memory message method metric mode "
    "model module monitor network node object offset operator option order output owner packet page parser "
    "partition path pattern payload pipeline plugin pointer policy pool prefix process profile project property "
    "provider proxy query queue range reader record region registry release report request resource response result "
    "retry route router row rule runner sample schema scope section segment selector sequence server service "
    "session setting shard signal snapshot socket source stage state storage stream string table target task "
    "template thread timer topic tracker transaction tree type unit update value vector version view volume watcher "
    "window worker writer zone"
).split()
_VERBS = (  # noqa: SIM905  # quoting each word reads worse
    "add apply build cancel check clear close collect commit compare compile compute convert copy create decode "
    "defer delete dispatch drain emit encode ensure expand extract fetch filter find flush format generate handle "
    "import init insert join list load lookup map merge move normalize open pack parse persist poll prepare process "
    "publish pull push read rebuild record refresh register release remove render replace reset resolve restore "
    "retry return route run save scan schedule select send serialize set shift sort split start stop store submit "
    "swap sync trim unpack update validate verify visit wait watch wrap write"
).split()
_PROSE = (  # noqa: SIM905  # quoting each word reads worse
    "the the the a a an of of to to and in is that it for on with as are this by be from or not at which when if "
    "may will can has more than one two other such their these its was were been have had all each many most some "
    "only then also after before between during under over about where while because however therefore usually "
    "often early late small large whole simple common different similar general local public open quiet distant "
    "narrow broad gentle steady water river harbour valley garden market village station winter summer morning "
    "evening letter chapter story reader writer teacher builder engine machine method example reason question "
    "answer problem change order number measure weight colour sound light paper wood stone glass metal bread salt "
    "grain field forest weather season journey road bridge window table kitchen library museum theatre ship train "
    "wheel clock printer cable valve filter pump meter"
).split()
_STATUS = (200, 200, 200, 204, 304, 404, 503)
_LEVELS = ("INFO", "INFO", "INFO", "INFO", "DEBUG", "DEBUG", "WARN", "ERROR")

_TEMPLATES: dict[str, tuple[str, ...]] = {
    "py": (
        "def {v}_{a}({b}, {c}=None, *, {d}=False):\n",
        '    """{P}."""\n',
        "    {a}_{b} = self._{c}.{v}({d}, {e}={n})\n",
        "    if {a}.{b} is None or len({c}) > {n}:\n",
        "        raise ValueError('{p}')\n",
        "    for {a}, {b} in enumerate(self.{c}s):\n",
        "        {a}_{b}[{c}] = {d}.{v}_{e}({a}, {b})\n",
        "    # {P}, and {p}.\n",
        "    return {{'{a}': {b}, '{c}_{d}': {n}}}\n",
        "from .{a}.{b} import {C}{D}, {v}_{e}\n",
        "class {A}{B}({C}{D}):\n",
        "    with {a}_{b}({c}) as {d}, self._lock:\n",
        "\n",
    ),
    "js": (
        "export async function {v}{A}({b}, {c} = {n}) {{\n",
        "  const {a}{B} = await this.{c}.{v}({d}, {{ {e}: '{a}-{b}' }});\n",
        "  if (!{a} || {b}.length === {n}) {{ return {c}.{d}; }}\n",
        "  // {P}\n",
        "  {a}.on('{b}:{c}', ({d}) => {{ {e}.{v}({d}); }});\n",
        "import {{ {A}{B}, {v}{C} }} from '../{d}/{e}.js';\n",
        "  throw new Error(`{p} ${{{a}.{b}}}`);\n",
        "}}\n",
        "\n",
    ),
    "java": (
        "public final class {A}{B}{C} implements {D}<{E}> {{\n",
        "    private static final int {U}_{V} = {n};\n",
        "    /** {P}. */\n",
        "    public {A} {v}{B}(final {C} {c}, final long {d}) throws {E}Exception {{\n",
        "        final var {a}{B} = this.{c}.{v}{D}({e}, {U}_{V});\n",
        '        log.debug("{p}: {{}}", {a}.get{B}());\n',
        "        return {a}.stream().filter(x -> x.{b}() > {n}).toList();\n",
        "import com.widgets.{a}.{b}.{C}{D};\n",
        "    }}\n",
        "\n",
    ),
    "go": (
        "func ({a} *{A}{B}) {V1}({c} context.Context, {d} []byte) (*{E}, error) {{\n",
        "\t{a}, err := {b}.{V1}{C}({d}, {n})\n",
        '\tif err != nil {{\n\t\treturn nil, fmt.Errorf("{p}: %w", err)\n\t}}\n',
        "\t// {P}\n",
        'type {A}{B} struct {{\n\t{C} string `json:"{c}_{d}"`\n\t{E} int\n}}\n',
        "\tdefer {a}.{V1}()\n",
        "\n",
    ),
    "yaml": (
        "{a}:\n",
        "  {b}_{c}: {n}\n",
        "  {d}: {e}-{a}\n",
        "  - name: {b}-{c}\n    enabled: true\n",
        "  # {P}\n",
        "  path: /opt/{a}/{b}/{c}.d\n",
        "  limits: {{{a}: {n}m, {b}: 2Gi}}\n",
    ),
    "md": ("## {P}\n\n", "{P}. {P}; {p}.\n", "- {P}, {p}\n", "    {v}-{a} --{b} {n} {c}/{d}.conf\n", "\n"),
    "sh": (
        "{U}_{V}=${{{U}_{V}:-/var/lib/{a}}}\n",
        'if [ ! -d "${U}/{a}" ]; then\n  {v}_{b} {c}\nfi\n',
        "# {P}\n",
        'for {a} in $(ls {b}/*.{c}); do {v} "${a}" | sort -n > {d}.out; done\n',
        "\n",
    ),
}
LANGUAGES = tuple(_TEMPLATES)
_POOL = 2_000


class Filler:
    """Pools of rendered lines for one seed. Files are drawn from the pools, so gigabytes cost little to make."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._lines: dict[str, list[str]] = {}
        self._sentences = [_sentence(rng) for _ in range(_POOL)]

    def source(self, language: str, size: int) -> Iterator[str]:
        """Lines of `language`, about `size` characters of them."""
        if language not in self._lines:
            self._lines[language] = [self._line(language) for _ in range(_POOL)]
        yield from self._draw(self._lines[language], size)

    def prose(self, size: int) -> Iterator[str]:
        """Lines of plain English-looking text, one to four sentences each, about `size` characters."""
        made = 0
        while made < size:
            line = " ".join(self._rng.choices(self._sentences, k=self._rng.randrange(1, 5))) + "\n"
            made += len(line)
            yield line

    def log(self, size: int) -> Iterator[str]:
        """Lines of an application's log with rising timestamps, about `size` characters."""
        rng = self._rng
        clock = 1_750_000_000.0 + rng.randrange(10_000_000)
        made = 0
        while made < size:
            clock += rng.random() * 3
            line = (
                f"{_timestamp(clock)} {rng.choice(_LEVELS):5} [{rng.choice(_NOUNS)}-{rng.randrange(64)}] "
                f"{rng.choice(_NOUNS)}.{rng.choice(_NOUNS)}: {rng.choice(_VERBS)} {rng.choice(_NOUNS)} "
                f"request_id={rng.getrandbits(64):016x} peer={private_address(rng)} "
                f"path=/v2/{rng.choice(_NOUNS)}s/{rng.randrange(99_999)} status={rng.choice(_STATUS)} "
                f"bytes={rng.randrange(90_000)} took={rng.random() * 90:.2f}ms\n"
            )
            made += len(line)
            yield line

    def rows(self, size: int) -> Iterator[str]:
        """Rows of a stock table: number, article, quantity, price, place, remark; about `size` characters."""
        rng = self._rng
        made = 0
        while made < size:
            line = (
                f"{rng.randrange(1_000_000)},{rng.choice(_NOUNS)}-{rng.choice(_NOUNS)},{rng.randrange(900)},"
                f"{rng.random() * 400:.2f},{rng.choice(_PROSE)} {rng.choice(_PROSE)},"
                f"{rng.choice(self._sentences)[:60]}\n"
            )
            made += len(line)
            yield line

    def remark(self) -> str:
        """A few harmless words."""
        return " ".join(self._rng.choices(_PROSE, k=7))

    def word(self) -> str:
        """One noun."""
        return self._rng.choice(_NOUNS)

    def _draw(self, pool: list[str], size: int) -> Iterator[str]:
        made = 0
        while made < size:
            for line in self._rng.choices(pool, k=16):
                made += len(line)
                yield line

    def _line(self, language: str) -> str:
        rng = self._rng
        a, b, c, d, e = (rng.choice(_NOUNS) for _ in range(5))
        verb, phrase = rng.choice(_VERBS), " ".join(rng.choices(_PROSE, k=rng.randrange(4, 11)))
        return rng.choice(_TEMPLATES[language]).format(
            a=a, b=b, c=c, d=d, e=e, A=a.title(), B=b.title(), C=c.title(), D=d.title(), E=e.title(),
            v=verb, V1=verb.title(), U=a.upper(), V=b.upper(), n=rng.randrange(2, 900), p=phrase, P=phrase.capitalize(),
        )  # fmt: skip


def private_address(rng: Random) -> str:
    """IPv4 of the block 10.0.0.0/8."""
    return f"10.{rng.randrange(256)}.{rng.randrange(256)}.{rng.randrange(256)}"


def _sentence(rng: Random) -> str:
    return " ".join(rng.choices(_PROSE, k=rng.randrange(7, 18))).capitalize() + "."


def _timestamp(clock: float) -> str:
    """ISO 8601 of a time that wraps after 28 days: cheaper than `datetime`, and never a wrong date."""
    seconds = int(clock)
    return (
        f"2025-07-{seconds // 86_400 % 28 + 1:02d}T{seconds // 3600 % 24:02d}:{seconds // 60 % 60:02d}:"
        f"{seconds % 60:02d}.{int(clock * 1000) % 1000:03d}Z"
    )
