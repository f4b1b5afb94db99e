"""The document: what would change, for whom it may break, what is refused, and what is left to people."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assay.model import Level
from assay.model.action import MANUAL, Action, Gate, Plan, Planned, Refusal
from assay.protect.protection import LEVEL
from assay.report.planpage.money import costs, together
from assay.report.printable import counted
from assay.report.webpage.frame import asset, head, level_colours
from assay.report.webpage.markup import Content, Markup, join, name, table, tag, text
from assay.report.webpage.parts import badge

SHOWN = 500
"""Resources shown; all are counted, and the catalog has all of them."""
_LONGEST = 4_000
_WORDS = {None: "–", True: "on", False: "off"}
_GATES = {
    Gate.APPLY: "made without a person",
    Gate.APPLY_AND_WATCH: "made without a person, and watched",
    Gate.REVIEW: "waits for a person",
}


@dataclass(frozen=True, kw_only=True)
class PlanPage:
    """The page of a plan by its id in the catalog. `rights` are the actions of IAM that applying it needs."""

    plan: Plan
    plan_id: str
    version: str
    rights: Sequence[str]

    def document(self) -> Iterator[Markup]:
        """The pieces of the document, in their order."""
        style = Markup(f":root{{{level_colours()}}}\n{asset('page.css')}\n{asset('plan.css', __package__ or '')}")
        script = Markup(asset("page.js"))
        yield from head(f"Plan {self.plan_id[:8]} of protection", style=style, script=script)
        yield Markup("<body>") + tag("a", "Skip to the changes", href="#changes", class_="skip")
        yield tag("header", self._title(), self._facts(), class_="top")
        yield Markup("<main>")
        yield self._breaks()
        yield self._refused()
        yield self._changes()
        yield self._runbooks()
        yield self._rights()
        yield Markup("</main>")
        yield self._foot()
        yield tag("script", script) + Markup("</body></html>\n")

    def _title(self) -> Content:
        when = tag("time", f"{self.plan.made_at:%Y-%m-%d %H:%M} UTC", datetime=self.plan.made_at.isoformat())
        return (
            tag("p", "Protection: what would change", class_="over"),
            tag("h1", f"Plan {self.plan_id[:8]}"),
            tag("p", when, ", by ", name(self.plan.made_by), class_="when"),
            tag(
                "p",
                "Nothing was changed. An approval holds for exactly this: ",
                tag("code", self.plan.digest),
                class_="verdict",
            ),
            tag(
                "p", tag("code", f"assay protect approve {self.plan_id[:8]} --digest {self.plan.digest}"), class_="when"
            ),
        )

    def _facts(self) -> Markup:
        actions = self.plan.actions
        waiting = sum(each.gate is Gate.REVIEW for each in actions)
        final = sum(not each.action.reversible for each in actions)
        refused = [each for each in self.plan.refusals if each.reason != MANUAL]
        money = together(each.action.cost for each in actions)
        told: list[tuple[str, str, str, bool]] = [
            (
                "Changes",
                f"{len(actions):,}",
                f"of {counted(len(self._resources()), 'resource')}, {self.plan.looked_at:,} looked at",
                False,
            ),
            ("For people to approve", f"{waiting:,}", "changes wait", False),
            ("Cannot be taken back", f"{final:,}", "stay when the plan is rolled back", bool(final)),
            ("Refused or unknown", f"{len(refused):,}", "see why below", bool(refused)),
            ("By hand", f"{len(self.plan.refusals) - len(refused):,}", "runbooks below", False),
        ]
        boxes = [
            tag(
                "div",
                tag("dt", title),
                tag("dd", tag("strong", number), tag("span", more)),
                class_="bad" if is_bad else None,
            )
            for title, number, more, is_bad in told
        ]
        cost = tag("p", f"Costs: {money}.", class_="when") if money else Markup("")
        return tag("dl", boxes, class_="facts") + cost

    def _resources(self) -> list[str]:
        return list(dict.fromkeys(each.action.resource for each in self.plan.actions))

    def _breaks(self) -> Markup:
        rows: dict[tuple[str, str], list[str]] = {}
        for planned in self.plan.actions:
            if planned.action.breaks:
                rows.setdefault((planned.action.breaks, planned.action.control), []).append(planned.action.resource)
        if not rows:
            return Markup("")
        body = (
            (_capital(breaks), tag("code", control), _some(resources)) for (breaks, control), resources in rows.items()
        )
        heads = [("What, and for whom", ""), ("By", ""), ("Where", "")]
        return tag("section", tag("h2", "What may break"), table(heads, body, "What may break"), class_="warning")

    def _refused(self) -> Markup:
        refused = [each for each in self.plan.refusals if each.reason != MANUAL]
        if not refused:
            return Markup("")
        body = ((tag("code", each.control), each.reason, each.detail, name(each.resource)) for each in refused[:SHOWN])
        heads = [("Control", ""), ("Why", ""), ("What", ""), ("Where", "")]
        rest = len(refused) - SHOWN
        more = tag("p", f"And {rest:,} more.", class_="rest") if rest > 0 else ""
        return tag("section", tag("h2", "Refused or unknown"), table(heads, body, "Refused or unknown"), more)

    def _changes(self) -> Markup:
        by_resource: dict[str, list[Planned]] = {}
        for planned in self.plan.actions:
            by_resource.setdefault(planned.action.resource, []).append(planned)
        told = [self._resource(resource, made) for resource, made in list(by_resource.items())[:SHOWN]]
        rest = len(by_resource) - SHOWN
        more = (
            tag("p", f"And {counted(rest, 'more resource')}: assay aws plans {self.plan_id[:8]}", class_="rest")
            if rest > 0
            else ""
        )
        nothing = tag("p", "Nothing has to change.", class_="nothing") if not told else ""
        return tag(
            "section",
            tag("h2", "Changes"),
            nothing,
            tag("ul", told, class_="changes"),
            more,
            id="changes",
            tabindex="-1",
        )

    def _resource(self, resource: str, made: Sequence[Planned]) -> Markup:
        level = next((each.action.found.get(LEVEL) for each in made if each.action.found.get(LEVEL)), None)
        mark = badge(Level(level)) if level in list(Level) else tag("span", level or "means", class_="mark")
        waits = sum(each.gate is Gate.REVIEW for each in made)
        chips = [tag("span", counted(len(made), "change"))]
        if waits:
            chips.append(tag("span", f"{waits:,} for people"))
        note = self.plan.notes.get(resource)
        return tag(
            "li",
            tag(
                "details",
                tag(
                    "summary",
                    mark,
                    " ",
                    tag("h3", tag("span", name(resource), class_="path")),
                    tag("span", chips, class_="chips"),
                ),
                tag("p", _capital(note), ".", class_="because") if note else "",
                [self._change(each) for each in made],
                open=len(self._resources()) <= 20,  # of few all are seen at once
            ),
        )

    def _change(self, planned: Planned) -> Markup:
        action = planned.action
        rows = ((name(key), _value(action.before.get(key)), _value(value)) for key, value in action.after.items())
        told: list[tuple[str, Content]] = []
        if action.note:
            told.append(("What", _capital(action.note)))
        if action.breaks:
            told.append(("May break", tag("strong", _capital(action.breaks))))
        if action.cost:
            told.append(("Costs", _capital(costs(action.cost))))
        if action.control_ids:
            told.append(("Controls", ", ".join(action.control_ids)))
        told.append(("Taken back", "yes, from the journal" if action.reversible else tag("strong", "no")))
        told.append(("Decided", f"{_GATES[planned.gate]}: {planned.because}"))
        told.append(("Calls", _calls(action)))
        facts = (tag("div", tag("dt", title), tag("dd", value)) for title, value in told)
        return tag(
            "article",
            tag("h4", tag("code", action.control)),
            table([("Setting", ""), ("Now", "before"), ("Then", "after")], rows, f"{action.control}: now and then"),
            tag("dl", facts, class_="rest"),
        )

    def _runbooks(self) -> Markup:
        by_hand: dict[tuple[str, str], list[Refusal]] = {}
        for refusal in self.plan.refusals:
            if refusal.reason == MANUAL:
                by_hand.setdefault((refusal.control, refusal.detail), []).append(refusal)
        if not by_hand:
            return Markup("")
        told = []
        for (control, detail), refusals in list(by_hand.items())[:SHOWN]:
            first, *steps = detail.split("\n")
            told.append(
                tag(
                    "article",
                    tag("h3", tag("code", control), " ", _some([each.resource for each in refusals])),
                    tag("p", _capital(first)),
                    tag("ol", (tag("li", step.partition(". ")[2] or step) for step in steps)) if steps else "",
                )
            )
        return tag("section", tag("h2", "By hand"), told, class_="runbooks")

    def _rights(self) -> Markup:
        if not self.rights:
            return Markup("")
        listed = join(piece for right in self.rights for piece in (tag("code", right), " "))
        return tag(
            "section",
            tag(
                "details",
                tag("summary", f"Rights that applying it needs: {len(self.rights):,}"),
                tag("p", listed, class_="rights"),
            ),
        )

    def _foot(self) -> Markup:
        return tag(
            "footer",
            tag(
                "p",
                "Each change is compared once more with what was planned, right before it is made; what differs stops that resource. "
                "Costs are estimates by list prices, without what is free or discounted.",
            ),
            tag("p", f"Made by assay {self.version}.", class_="faint"),
        )


def _calls(action: Action) -> Markup:
    return join(piece for call in sorted(action.calls) for piece in (tag("code", call), " "))


def _value(value: Any) -> Content:
    if value is None or isinstance(value, bool):
        return _WORDS[value]
    if isinstance(value, Mapping | list):
        lines = _cut(json.dumps(value, indent=1, ensure_ascii=False)).split("\n")
        return tag("pre", Markup("\n".join(map(text, lines))))
    return tag("code", _cut(str(value)))


def _cut(told: str) -> str:
    return told if len(told) <= _LONGEST else f"{told[: _LONGEST - 1]}…"


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def _some(resources: Sequence[str]) -> Markup:
    shown = join(piece for each in resources[:3] for piece in (tag("span", name(each), class_="path"), " "))
    more = len(resources) - 3
    return shown + (f"and {more:,} more" if more > 0 else "")
