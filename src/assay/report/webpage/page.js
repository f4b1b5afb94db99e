"use strict";
(() => {
  const form = document.getElementById("filter");
  const list = document.getElementById("resources");
  const all = (open) => document.querySelectorAll("details").forEach((item) => { item.open = open; });
  addEventListener("beforeprint", () => all(true));
  if (!form || !list) return;

  const { text, level, order, shown } = form.elements;
  const button = form.elements.all;
  const items = [...list.children].map((element, index) => ({
    element,
    index,
    level: element.dataset.level,
    count: Number(element.dataset.count),
    path: element.querySelector(".path").textContent,
    words: element.textContent.toLowerCase(),
  }));
  const orders = {
    worst: (one, other) => one.index - other.index,
    count: (one, other) => other.count - one.count || one.index - other.index,
    path: (one, other) => one.path.localeCompare(other.path),
  };

  const show = () => {
    const wanted = text.value.toLowerCase().split(/\s+/).filter(Boolean);
    let number = 0;
    for (const item of items) {
      const fits = (!level.value || item.level === level.value) && wanted.every((word) => item.words.includes(word));
      item.element.hidden = !fits;
      number += fits;
    }
    shown.value = `${number.toLocaleString("en")} of ${items.length.toLocaleString("en")} shown`;
  };
  const sort = () => list.append(...[...items].sort(orders[order.value]).map((item) => item.element));

  text.addEventListener("input", show);
  level.addEventListener("change", show);
  order.addEventListener("change", sort);
  form.addEventListener("submit", (event) => event.preventDefault());
  button.addEventListener("click", () => {
    const open = !items.every((item) => item.element.firstElementChild.open);
    items.forEach((item) => { item.element.firstElementChild.open = open; });
    button.textContent = open ? "Close all" : "Open all";
  });
  form.hidden = false;
  sort();
  show();
})();
