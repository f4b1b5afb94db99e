// The queue by keyboard. All it does is what links and forms of the page do: it follows them, opens them and sends them.
(() => {
  "use strict";
  const VERDICTS = { a: "approve", r: "reject", c: "reclassify", s: "suppress" };
  const list = () => document.getElementById("rows");
  const rows = () => [...document.querySelectorAll("#rows > .row")];
  const question = () => document.getElementById("question");
  const many = document.getElementById("many");
  const said = {}; // the reason given last for each verdict, while the page is open
  const decided = []; // what was decided here, for undo
  let sending = 0; // requests for the question that are under way
  let posting = false;
  let unsettled = false; // it is there, and its forms do not yet do what they will
  let moving = false; // a decision went through, and the next question is not asked for yet
  let ahead = null; // what was typed before the question was there that it is meant for

  const current = () => rows().find((row) => row.querySelector('a[aria-current="true"]'));
  const link = (row) => row?.querySelector("a");

  function choose(row) {
    if (!row) return;
    for (const each of rows()) each.querySelector("a").removeAttribute("aria-current");
    link(row).setAttribute("aria-current", "true");
    row.scrollIntoView({ block: "nearest" });
  }

  function go(row) {
    if (!row) return;
    choose(row);
    link(row).focus({ preventScroll: true });
    link(row).click();
  }

  function step(by) {
    const all = rows();
    const at = all.indexOf(current());
    const next = all[at < 0 ? 0 : at + by];
    if (next) go(next);
    else if (by > 0) document.querySelector("#rows > .more a")?.click();
  }

  function nextOpen() {
    const all = rows();
    const at = all.indexOf(current());
    const isOpen = (row) => row.dataset.state === "open";
    return all.slice(at + 1).find(isOpen) ?? all.find(isOpen);
  }

  // What is shown is not yet what is chosen: nothing may be decided by it.
  function busy() {
    const row = current();
    return moving || unsettled || sending > 0 || (row && question()?.dataset.id !== row.dataset.id);
  }

  function typeAhead(event) {
    if (!ahead) {
      if (!VERDICTS[event.key]) return event.key === "u" ? event.preventDefault() : undefined;
      ahead = { verdict: VERDICTS[event.key], text: "", send: false };
    } else if (event.key === "Enter") ahead.send = true;
    else if (event.key === "Backspace") ahead.text = ahead.text.slice(0, -1);
    else if (event.key.length === 1 && !ahead.send) ahead.text += event.key;
    else return;
    event.preventDefault();
  }

  function catchUp() {
    if (busy() || !ahead) return;
    const { verdict, text, send } = ahead;
    ahead = null;
    open(verdict);
    const reason = document.activeElement;
    if (text && reason?.name === "reason") {
      reason.value = text;
      reason.setSelectionRange(text.length, text.length);
    }
    if (send && reason?.form?.reportValidity()) reason.form.querySelector("button.primary")?.click();
  }

  function open(verdict) {
    if (many?.classList.contains("on") && verdict !== "reclassify") {
      many.elements.verdict.value = verdict;
      const reason = many.elements.reason;
      reason.value ||= said[verdict] ?? "";
      reason.focus();
      reason.select();
      return;
    }
    const form = question()?.querySelector(`details[data-verdict="${verdict}"]`);
    if (!form) return;
    form.open = true;
    const reason = form.querySelector('input[name="reason"]');
    if (said[verdict]) reason.value = said[verdict];
    const first = verdict === "reclassify" ? form.querySelector("select") : reason;
    first.focus();
    if (first === reason) reason.select();
  }

  function undo() {
    const form = document.getElementById("undo");
    if (form) return form.querySelector("button").click();
    const last = decided.pop();
    if (!last) return;
    choose(document.getElementById(`row-${last.id}`));
    htmx.ajax("POST", `/review/${last.id}/undo`, {
      target: "#question", swap: "outerHTML", values: { version: last.version, reason: "taken back at once" },
    });
  }

  function mark(row) {
    const box = row?.querySelector('input[type="checkbox"]');
    if (!box || box.disabled) return;
    box.checked = !box.checked;
    count();
  }

  function count() {
    if (!many) return;
    const number = document.querySelectorAll('#rows input[type="checkbox"]:checked').length;
    document.getElementById("marked").textContent = number;
    many.classList.toggle("on", number > 0);
  }

  const keys = {
    j: () => step(1), ArrowDown: () => step(1), k: () => step(-1), ArrowUp: () => step(-1),
    u: undo, x: () => mark(current()),
    m: () => document.getElementById("comment")?.focus(),
    w: () => document.querySelector("#assign select")?.focus(),
    "/": () => document.getElementById("search")?.focus(),
    "?": () => document.getElementById("help")?.showModal(),
  };

  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input:not([type=checkbox]), select, textarea");
    if (event.key === "Escape") {
      document.querySelector("details.verdict[open]")?.removeAttribute("open");
      link(current())?.focus();
      return;
    }
    const isFree = !(typing || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]"));
    const moves = ["j", "k", "ArrowDown", "ArrowUp"].includes(event.key) && !ahead && !posting && !moving;
    if (isFree && !many?.classList.contains("on") && busy() && !moves && event.key !== "?") return typeAhead(event);
    if (typing || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    const does = keys[event.key] ?? (VERDICTS[event.key] && (() => open(VERDICTS[event.key])));
    if (!does) return;
    event.preventDefault();
    does();
  });

  document.addEventListener("click", (event) => {
    const row = event.target.closest("#rows > .row > a")?.parentElement;
    if (row) choose(row);
    if (event.target.closest("[data-reload]")) {
      document.getElementById("notice").replaceChildren();
      link(current())?.click();
    }
  });

  document.addEventListener("change", (event) => {
    if (event.target.matches('#rows input[type="checkbox"]')) count();
  });

  document.addEventListener("submit", (event) => {
    const reason = event.target.elements.reason;
    const verdict = event.target.elements.verdict?.value;
    if (verdict && reason) said[verdict] = reason.value;
    // What is typed from here on is not of this form; where it is refused it gets the focus back.
    if (event.target.closest("#question")) document.activeElement.blur();
  });

  // A decision went through: on to the next question that is open.
  document.addEventListener("assay:moved", (event) => {
    const { id, state, version } = event.detail;
    if (state === "open") return;
    decided.push({ id, version });
    moving = true;
    const onwards = () => {
      moving = false;
      const next = nextOpen();
      if (next) go(next);
      else document.querySelector("#rows > .more a")?.click();
    };
    document.body.addEventListener("htmx:afterSettle", onwards, { once: true });
  });

  const isOfQuestion = (event) => event.detail.target?.id === "question";
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (!isOfQuestion(event)) return;
    sending += 1;
    posting ||= event.detail.requestConfig.verb === "post";
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    unsettled ||= isOfQuestion(event);
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.requestConfig.target?.id !== "question") return;
    sending -= 1;
    posting = false;
    if (event.detail.successful) return;
    ahead = null; // the notice comes first
    document.querySelector('details.verdict[open] input[name="reason"]')?.focus();
  });
  document.addEventListener("htmx:afterSettle", () => {
    unsettled = false;
    count();
    // Highlighted is what is shown, whatever came in which order.
    const shown = question()?.dataset.id;
    if (!sending && shown && current()?.dataset.id !== shown) choose(document.getElementById(`row-${shown}`));
    catchUp();
  });
  count();
  if (list()) link(current())?.focus({ preventScroll: true });
})();
