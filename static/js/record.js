// Record pages: tabs that load their fragments, and facts that are edited where they stand.
(() => {
  "use strict";
  const { $, $$ } = window.relay;

  // The tab that was pressed is the current one at once; a skeleton holds its place.
  document.addEventListener("htmx:beforeRequest", (event) => {
    const tab = event.detail.elt;
    if (!tab.matches("[data-tab]")) return;
    $$("[data-tab]", tab.parentElement).forEach((other) => other.removeAttribute("aria-current"));
    tab.setAttribute("aria-current", "page");
    $("#tab-body").replaceChildren($("#tab-skeleton").content.cloneNode(true));
  });

  // The stream goes on by itself while one scrolls; not on a phone, where tags, lists and deals stand below it.
  const wide = matchMedia("(min-width: 992px)");
  const nearing = new IntersectionObserver((entries) => {
    entries.filter((entry) => entry.isIntersecting && wide.matches).forEach((entry) => {
      nearing.unobserve(entry.target);
      entry.target.click();
    });
  }, { rootMargin: "400px" });
  const watch = () => $$("[data-stream-more]:not([data-watched])").forEach((link) => {
    link.dataset.watched = "1";
    nearing.observe(link);
  });
  watch();
  document.addEventListener("htmx:afterSettle", watch);

  // Escape leaves a fact as it was.
  document.addEventListener("keydown", (event) => {
    const form = event.target.closest?.("form[data-inplace]");
    if (!form || event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    $("[data-inplace-cancel]", form).click();
  }, true);
  // A field that opens has its text picked, so that typing replaces it.
  document.addEventListener("htmx:afterSettle", (event) => {
    const field = $("form[data-inplace] input:is([type=text], [type=email], [type=url], [type=tel], [type=number])", event.target.parentElement || document);
    if (field && field === document.activeElement) field.select();
  });
})();
