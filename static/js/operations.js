// The cards of the Operations page are left alone while nobody looks, and while somebody is choosing in one of them.
(() => {
  "use strict";
  const isInUse = (panel) => panel.querySelector("input[name=ids]:checked, details[open]") || document.querySelector("#confirm[open]");
  document.addEventListener("htmx:beforeRequest", (event) => {
    const panel = event.detail.elt;
    if (panel.matches("[data-panel]") && (document.hidden || isInUse(panel))) event.preventDefault();
  });
})();
