// The team's one script: keys to move about, and letters as tall as what they say. Everything works without it.
(() => {
  "use strict";
  const items = () => [...document.querySelectorAll("[data-item]")];
  const typing = (target) => target.closest("input, textarea, select, [contenteditable]");
  const current = () => document.activeElement?.closest("[data-item]");

  const move = (step) => {
    const all = items();
    if (!all.length) return;
    const at = all.indexOf(current());
    const next = all[Math.min(Math.max(at < 0 ? (step > 0 ? 0 : all.length - 1) : at + step, 0), all.length - 1)];
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
  };

  const keys = {
    j: () => move(1),
    k: () => move(-1),
    i: () => (current() ?? items()[0])?.querySelector("[data-act]")?.click(),
    "?": () => document.getElementById("keys")?.showModal(),
  };

  addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      const field = document.querySelector("[role=search] input");
      if (field) field.select();
      else location.href = "/app/people";
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (event.key === "Enter" && event.target.matches("[data-item]")) event.target.querySelector("a")?.click();
    else if (keys[event.key]) {
      event.preventDefault();
      keys[event.key]();
    }
  });

  // Whoever opened the page to find somebody can begin to write.
  if (location.pathname === "/app/people" && !location.search) document.querySelector("[role=search] input")?.focus();

  const fit = (frame) => {
    const page = frame.contentDocument?.documentElement;
    if (!page) return;
    frame.style.height = "0"; // else a letter is never shorter than its frame
    frame.style.height = `${page.scrollHeight + 2}px`;
  };
  for (const frame of document.querySelectorAll("iframe.paper")) {
    frame.addEventListener("load", () => fit(frame));
    if (frame.contentDocument?.readyState === "complete") fit(frame);
  }
})();
