// Runs before the first paint, so that a page never flashes in the wrong colours.
(() => {
  "use strict";
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const chosen = () => {
    try {
      return localStorage.getItem("relay-theme");
    } catch {
      return null; // storage may be forbidden; then the system decides
    }
  };
  const paint = () => document.documentElement.setAttribute("data-bs-theme", chosen() || (dark.matches ? "dark" : "light"));
  paint();
  dark.addEventListener("change", paint);
  window.relayToggleTheme = () => {
    const next = document.documentElement.dataset.bsTheme === "dark" ? "light" : "dark";
    try {
      // Choosing what the system says anyway means following the system again.
      if (next === (dark.matches ? "dark" : "light")) localStorage.removeItem("relay-theme");
      else localStorage.setItem("relay-theme", next);
    } catch {
      // not remembered, but shown
    }
    document.documentElement.setAttribute("data-bs-theme", next);
    document.dispatchEvent(new CustomEvent("relay:theme"));
  };
})();
