// Picking rows of a table, and "all 9,312 that match". Works on <form data-rows data-total="9312">.
(() => {
  "use strict";
  const { $, $$ } = window.relay;
  const refresh = (form) => {
    const boxes = $$("input[name=ids]", form);
    const picked = boxes.filter((box) => box.checked);
    const everything = $("input[name=all_matching]", form);
    const page = $("[data-pick-page]", form);
    const total = Number(form.dataset.total || 0);
    boxes.forEach((box) => box.closest("tr, li")?.classList.toggle("is-selected", box.checked));
    if (page) {
      page.checked = picked.length > 0 && picked.length === boxes.length;
      page.indeterminate = picked.length > 0 && picked.length < boxes.length;
    }
    if (everything && picked.length < boxes.length) everything.value = "";
    const all = Boolean(everything?.value);
    const number = (all ? total : picked.length).toLocaleString(document.documentElement.lang);
    $$("[data-picked-count]", form).forEach((element) => (element.textContent = number));
    // What asks first names the number of things it will touch: <button data-confirm-count="Send {n} messages again?">.
    $$("[data-confirm-count]", form).forEach((button) => (button.dataset.confirm = button.dataset.confirmCount.replace("{n}", number)));
    $$("[data-selection-bar]", form).forEach((bar) => (bar.hidden = picked.length === 0));
    $$("[data-pick-all]", form).forEach((button) => (button.hidden = all || picked.length < boxes.length || total <= boxes.length));
  };
  document.addEventListener("change", (event) => {
    const form = event.target.closest?.("form[data-rows]");
    if (!form) return;
    if (event.target.matches("[data-pick-page]")) $$("input[name=ids]", form).forEach((box) => (box.checked = event.target.checked));
    refresh(form);
  });
  let last = null; // Shift-click picks everything between two boxes
  document.addEventListener("click", (event) => {
    const form = event.target.closest?.("form[data-rows]");
    if (!form) return;
    if (event.target.matches("input[name=ids]")) {
      const boxes = $$("input[name=ids]", form);
      const here = boxes.indexOf(event.target);
      if (event.shiftKey && last !== null) {
        boxes.slice(Math.min(here, last), Math.max(here, last) + 1).forEach((box) => (box.checked = event.target.checked));
        refresh(form);
      }
      last = here;
    } else if (event.target.closest("[data-pick-all]")) {
      $("input[name=all_matching]", form).value = "1";
      refresh(form);
    } else if (event.target.closest("[data-pick-none]")) {
      $$("input[name=ids]", form).forEach((box) => (box.checked = false));
      refresh(form);
    }
  });
  const start = (root) => $$("form[data-rows]", root).forEach(refresh);
  start(document);
  document.addEventListener("htmx:afterSettle", () => start(document));
})();
