// The one script of the prospects' pages. It takes the token of an address's fragment into memory, cleans the address
// bar, keeps nothing on the device, and puts the token only into the body of a POST. Pages can be read without it.
(() => {
  "use strict";
  // A token begins with its purpose, a capital letter; the headings' names are in small ones.
  const found = /^#([E-L][A-Za-z0-9_-]{26})$/.exec(location.hash);
  const fragment = found ? found[1] : "";
  if (fragment) history.replaceState(null, "", location.pathname + location.search);

  const forms = [...document.querySelectorAll("form[data-token]")];
  for (const form of forms) if (fragment) form.elements.token.value = fragment;
  const known = forms.some((form) => form.elements.token.value);
  if (known) {
    for (const part of document.querySelectorAll("[data-known]")) part.hidden = false;
    for (const part of document.querySelectorAll("[data-unknown]")) part.hidden = true;
  }
  // Pages of ours that belong to this gift get the fragment handed on; a browser does not send it.
  if (fragment) for (const link of document.querySelectorAll("a[data-carry]")) link.href += "#" + fragment;

  const post = (form, extra) => {
    const body = new URLSearchParams(new FormData(form));
    for (const [name, value] of Object.entries(extra)) body.set(name, value);
    return fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" }, credentials: "omit", referrerPolicy: "no-referrer" });
  };

  // A gesture is answered in place: the reader stays where they were.
  for (const form of document.querySelectorAll("form[data-inline]")) {
    form.addEventListener("submit", async (event) => {
      const button = event.submitter;
      if (!button || button.dataset.whole !== undefined) return;
      event.preventDefault();
      const said = document.querySelector("[data-said]");
      button.disabled = true;
      try {
        const answer = await post(form, { [button.name]: button.value });
        const { words } = await answer.json();
        said.textContent = words;
        said.classList.toggle("sorry", !answer.ok);
        if (answer.ok) button.setAttribute("aria-pressed", "true");
        else button.disabled = false;
        if (answer.ok && button.value === "forwarded") document.querySelector("[data-address]").hidden = false;
      } catch {
        said.textContent = form.dataset.failed;
        said.classList.add("sorry");
        button.disabled = false;
      }
    });
  }

  for (const button of document.querySelectorAll("button[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => print());
  }

  // How far a personal page was read, where the person's mode allows it to be known: told once they leave, and only if the
  // page was visible and they moved themselves.
  const article = document.querySelector("article[data-reading]");
  if (!article || !known) return;
  let moved = false, furthest = 0, told = 0;
  const look = () => {
    if (!moved || document.visibilityState !== "visible") return;
    const box = article.getBoundingClientRect();
    if (box.height > 0) furthest = Math.max(furthest, Math.min(1, (innerHeight - box.top) / box.height));
  };
  // A script can scroll, and a browser calls that trusted; hands on a pointer, a wheel or a key it cannot feign so.
  for (const kind of ["pointermove", "pointerdown", "touchmove", "wheel", "keydown"]) {
    addEventListener(kind, (event) => { moved ||= event.isTrusted; look(); }, { passive: true });
  }
  addEventListener("scroll", look, { passive: true });
  addEventListener("visibilitychange", () => {
    if (document.visibilityState !== "hidden" || !moved || furthest < told + 0.1) return;
    told = furthest;
    const body = new URLSearchParams({ token: forms[0].elements.token.value, share: furthest.toFixed(2) });
    navigator.sendBeacon(article.dataset.reading, body);
  });
})();
