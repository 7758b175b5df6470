// The command palette (Ctrl-K): results come from /search/ as a fragment; arrows move, Enter opens.
(() => {
  "use strict";
  const { $, $$ } = window.relay;
  const dialog = $("#palette");
  if (!dialog) return;
  const input = $("#palette-input");
  if (/Mac|iPhone|iPad/.test(navigator.platform)) $$(".topbar-search kbd").forEach((key) => (key.textContent = "⌘K"));
  const items = () => $$("[role=option]", dialog);
  const select = (next) => {
    items().forEach((item) => item.setAttribute("aria-selected", String(item === next)));
    input.setAttribute("aria-activedescendant", next?.id || "");
    next?.scrollIntoView({ block: "nearest" });
  };
  window.relay.openPalette = () => {
    if (dialog.open) return;
    dialog.showModal();
    input.select();
    input.dispatchEvent(new CustomEvent("palette:open", { bubbles: true }));
  };
  document.addEventListener("pointerdown", (event) => {
    if (!event.target.closest("[data-open-palette]")) return;
    event.preventDefault();
    window.relay.openPalette();
  });
  $("[data-open-palette] input")?.addEventListener("focus", (event) => {
    event.target.blur();
    window.relay.openPalette();
  });
  dialog.addEventListener("htmx:afterSwap", () => select(items()[0]));
  dialog.addEventListener("keydown", (event) => {
    const list = items();
    const here = list.findIndex((item) => item.getAttribute("aria-selected") === "true");
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      select(list[(here + step + list.length) % list.length]);
    } else if (event.key === "Enter" && list[here]) {
      event.preventDefault();
      list[here].click();
    }
  });
  dialog.addEventListener("click", (event) => event.target.closest("[role=option]") && dialog.close());
})();
