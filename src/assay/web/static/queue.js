// The queue by keyboard. All it does is what links and forms of the page do: it follows them, opens them and sends them.
(() => {
  "use strict";
  const VERDICTS = { a: "approve", r: "reject", c: "reclassify", s: "suppress" };
  const list = () => document.getElementById("rows");
  const rows = () => [...document.querySelectorAll("#rows > .row")];
  const question = () => document.getElementById("question");
  const many = document.getElementById("many");
  const TYPED = "input:not([type=checkbox]), select, textarea";
  const said = {}; // the reason given last for each verdict, while the page is open
  let decided = []; // what was decided here, for undo
  let sending = 0; // requests for the question that are under way
  let posting = false;
  let unsettled = false; // it is there, and its forms do not yet do what they will
  let moving = false; // a decision went through, and the next question is not asked for yet
  let nowhere = false; // what is typed was meant for a form that is not there
  let early = []; // keys that came before the question was there that they are meant for

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

  // Keys that come before their question is there are kept, and pressed once it is: nothing that is typed is lost, and nothing is taken for
  // the question before.
  function waits(key) {
    if (many?.classList.contains("on") || !busy()) return false;
    return early.length > 0 || posting || moving || !AT_ONCE.has(key);
  }

  function catchUp() {
    while (early.length && !busy()) press(early.shift());
  }

  function press(key) {
    const field = document.activeElement?.closest(TYPED);
    if (field) return typeInto(field, key);
    meant(key)?.();
    if (!OPENS.has(key) || document.activeElement?.closest(TYPED)) return;
    // What was to be written has no place, and is no row of commands.
    const end = early.indexOf("Enter");
    early.splice(0, end < 0 ? early.length : end + 1);
  }

  function typeInto(field, key) {
    if (field.tagName === "SELECT") return;
    if (key === "Enter") return field.form?.requestSubmit();
    const [from, to] = [field.selectionStart, field.selectionEnd];
    if (key !== "Backspace") field.setRangeText(key, from, to, "end");
    else field.setRangeText("", from === to ? Math.max(0, from - 1) : from, to, "end");
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
    if (!form) return refuse(verdict);
    form.open = true;
    const reason = form.querySelector('input[name="reason"]');
    if (said[verdict]) reason.value = said[verdict];
    const first = verdict === "reclassify" ? form.querySelector("select") : reason;
    first.focus();
    if (first === reason) reason.select();
  }

  // Whoever goes on to type a reason would press a key with each of its letters, and decide something else.
  function refuse(verdict) {
    if (!question()?.dataset.id) return;
    nowhere = true;
    const told = document.createElement("div");
    told.className = "notice wrong";
    told.textContent = `This question has no form to ${verdict} it. Keys do nothing until Esc or Enter.`;
    document.getElementById("notice").replaceChildren(told);
  }

  function somewhere() {
    if (!nowhere) return;
    nowhere = false;
    document.getElementById("notice").replaceChildren();
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

  const AT_ONCE = new Set(["j", "k", "ArrowDown", "ArrowUp", "x", "/", "?"]); // whatever question is shown
  const OPENS = new Set([...Object.keys(VERDICTS), "m", "w", "/"]); // a field, in which one types on
  const meant = (key) => keys[key] ?? (VERDICTS[key] && (() => open(VERDICTS[key])));

  document.addEventListener("keydown", (event) => {
    const { key } = event;
    if (key === "Escape") {
      early = [];
      somewhere();
      document.querySelector("details.verdict[open]")?.removeAttribute("open");
      link(current())?.focus();
      return;
    }
    if (event.target.closest(TYPED) || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (nowhere) {
      if (key.length > 1 && key !== "Enter") return;
      event.preventDefault();
      if (key === "Enter") somewhere();
      return;
    }
    if (waits(key)) {
      const isText = early.length > 0 && (key.length === 1 || key === "Enter" || key === "Backspace");
      if (!isText && !meant(key)) return;
      event.preventDefault();
      early.push(key);
      return;
    }
    if (!meant(key)) return;
    event.preventDefault();
    meant(key)();
  });

  document.addEventListener("click", (event) => {
    const row = event.target.closest("#rows > .row > a")?.parentElement;
    if (event.isTrusted) {
      early = []; // whoever goes on by mouse means something else
      somewhere();
    }
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
    decided = decided.filter((each) => each.id !== id);
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
    early = []; // the notice comes first
    document.querySelector('details.verdict[open] input[name="reason"]')?.focus();
  });
  // What could not be fetched is not what is shown: chosen is again what is.
  for (const failed of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(failed, (event) => {
      if (event.detail.requestConfig?.target?.id === "question") choose(document.getElementById(`row-${question()?.dataset.id}`));
    });
  }
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
