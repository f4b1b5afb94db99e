// What all pages share: forms that htmx sends carry the session's token, and the page stays usable when a session ends.
(() => {
  "use strict";
  const meta = document.querySelector('meta[name="csrf"]');

  document.addEventListener("htmx:configRequest", (event) => {
    event.detail.headers["X-CSRF-Token"] = meta.content;
  });

  // Somebody who has signed in again in another tab goes on here: what was typed is sent once more with the new session's
  // token, if it is the same person.
  document.addEventListener("htmx:responseError", async (event) => {
    const { xhr, elt } = event.detail;
    if (xhr.getResponseHeader("X-Assay-Form") !== "stale") return;
    const answer = await fetch("/session", { headers: { Accept: "application/json" } }).catch(() => null);
    if (!answer?.ok) return;
    const { csrf, name } = await answer.json();
    if (csrf === meta.content || name !== meta.dataset.name) return;
    meta.content = csrf;
    elt.requestSubmit?.();
  });

  document.addEventListener("htmx:sendError", () => {
    const notice = document.getElementById("notice");
    if (!notice) return;
    const told = document.createElement("div");
    told.className = "notice wrong";
    told.dataset.away = "";
    told.textContent = "The server cannot be reached; nothing was changed. Try again in a moment.";
    notice.replaceChildren(told);
  });
  // Once it answers, it is no longer so.
  document.addEventListener("htmx:beforeOnLoad", () => document.querySelector("#notice [data-away]")?.remove());

  const isDark = !document.documentElement.dataset.theme && matchMedia("(prefers-color-scheme: dark)").matches;
  const theme = document.querySelector("#theme button");
  if (theme && isDark) {
    theme.value = "light";
    theme.textContent = "Light";
  }
  theme?.addEventListener("click", (event) => {
    event.preventDefault();
    const now = theme.value;
    document.documentElement.dataset.theme = now;
    const secure = location.protocol === "https:" ? "; secure" : "";
    document.cookie = `theme=${now}; path=/; max-age=31536000; samesite=lax${secure}`;
    theme.value = now === "dark" ? "light" : "dark";
    theme.textContent = now === "dark" ? "Light" : "Dark";
  });

  // What is wider than the page is moved by keys, too: where nothing in it takes the focus, it does itself.
  const within = "a[href], button, summary, input, select, textarea";
  const reach = () => {
    for (const each of document.querySelectorAll(".wide")) {
      if (each.scrollWidth > each.clientWidth && !each.querySelector(within)) each.tabIndex = 0;
      else each.removeAttribute("tabindex");
    }
  };
  reach();
  addEventListener("resize", reach);
  document.addEventListener("htmx:afterSwap", reach);

  // A menu closes where somebody goes on elsewhere, by mouse or keys.
  const menu = document.querySelector("details.menu");
  document.addEventListener("click", (event) => menu?.contains(event.target) || menu?.removeAttribute("open"));
  document.addEventListener("focusin", (event) => menu?.contains(event.target) || menu?.removeAttribute("open"));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu?.open) return;
    menu.removeAttribute("open");
    menu.querySelector("summary").focus();
  });

  // A value that was asked for is taken out of the page after its time, and at once when nobody looks at the page any more.
  const over = (shown) => {
    const told = document.createElement("p");
    told.className = "small";
    told.textContent = "It is no longer shown.";
    shown.replaceWith(told);
  };
  const expire = (root) => {
    for (const shown of root.querySelectorAll("[data-expires]:not([data-counted])")) {
      shown.dataset.counted = "yes";
      shown.scrollIntoView({ block: "nearest" });
      setTimeout(() => over(shown), Number(shown.dataset.expires) * 1000);
    }
  };
  const hide = () => document.querySelectorAll("[data-expires]").forEach(over);
  expire(document);
  document.addEventListener("htmx:afterSwap", () => expire(document));
  document.addEventListener("visibilitychange", () => document.hidden && hide());
  addEventListener("pagehide", hide);
})();
