// Follows a scan: numbers change as they are told, and the rest of the page is fetched anew once its status changes.
(() => {
  "use strict";
  const box = document.getElementById("scan");
  let status = box.dataset.status;
  let cancelled = null;
  const AGAIN_MS = 5000;
  const SILENT_MS = 4000;

  const size = (bytes) => {
    for (const unit of ["B", "kB", "MB", "GB"]) {
      if (bytes < 1000 || unit === "GB") return `${bytes.toLocaleString("en", { maximumFractionDigits: 1 })} ${unit}`;
      bytes /= 1000;
    }
    return "";
  };

  const show = (progress) => {
    for (const each of box.querySelectorAll("[data-told]")) {
      const value = progress[each.dataset.told];
      if (each.dataset.told === "listing") each.textContent = value ? "+" : "";
      else each.textContent = each.dataset.told.startsWith("bytes") ? size(value) : value.toLocaleString("en");
    }
    const bar = document.getElementById("done");
    if (bar && !progress.listing && progress.bytes_total) {
      bar.max = progress.bytes_total;
      bar.value = progress.bytes_done;
    }
  };

  const told = (event) => {
    const scan = JSON.parse(event.data);
    if (scan.progress) show(scan.progress);
    if (scan.status !== status || scan.cancelled_by !== cancelled) {
      status = scan.status;
      cancelled = scan.cancelled_by;
      box.dataset.status = status;
      htmx.ajax("GET", location.pathname, { target: "#scan", swap: "innerHTML" });
    }
  };

  // A server that is away for a while, or a session that is over, is no end of the scan. A browser that cannot reach the server
  // tries again by itself, and says only that something is wrong; that it may be for a moment.
  const notice = document.getElementById("unheard");
  let silent = null;
  const heard = () => {
    clearTimeout(silent);
    silent = null;
    notice.hidden = true;
  };
  const follow = () => {
    const events = new EventSource(box.dataset.events);
    events.addEventListener("open", heard);
    events.addEventListener("scan", told);
    events.addEventListener("end", () => events.close());
    events.addEventListener("error", () => {
      const isRefused = events.readyState === EventSource.CLOSED;
      silent ??= setTimeout(() => (notice.hidden = false), isRefused ? 0 : SILENT_MS);
      if (isRefused) setTimeout(follow, AGAIN_MS);
    });
  };
  follow();
})();
