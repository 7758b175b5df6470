// The overview of contacts: a change to many asks with their number first.
(() => {
  "use strict";
  const { $ } = window.relay;
  // Before the form is submitted, so that js/relay.js finds the question ready.
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-confirm-count]");
    const count = button && $("[data-picked-count]", button.form)?.textContent;
    if (count) button.dataset.confirm = button.dataset.confirmCount.replace("%n", count);
  }, true);
})();
