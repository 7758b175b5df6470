// The personalisation menu: puts a Liquid tag where the cursor is, in any field marked data-merge and in rich text.
// Data: <script id="merge-menu"> with groups of fields and the menu's words.
(() => {
  "use strict";
  const { $, $$, icon } = window.relay;
  const source = $("#merge-menu");
  if (!source) return;
  const { groups, words } = JSON.parse(source.textContent);
  const labels = {};
  groups.forEach((group) => group.fields.forEach((field) => (labels[field.path] = field.label)));

  const make = (tag, attributes = {}, ...children) => {
    const element = document.createElement(tag);
    Object.entries(attributes).forEach(([name, value]) => (name === "text" ? (element.textContent = value) : element.setAttribute(name, value)));
    element.append(...children);
    return element;
  };

  // One menu for the page, put beside the button that asked for it.
  let insert = null;
  const search = make("input", { class: "form-control form-control-sm", type: "search", placeholder: words.search, "aria-label": words.search });
  const fallback = make("input", { class: "form-control form-control-sm", type: "text", placeholder: words.example, "aria-label": words.fallback });
  const list = make("div", { class: "merge-list" });
  const menu = make("div", { class: "merge-menu", role: "dialog", "aria-label": words.open, hidden: "" }, search, list,
    make("label", { class: "merge-fallback" }, make("span", { text: words.fallback }), fallback));
  const show = (query = "") => {
    const wanted = query.trim().toLowerCase();
    list.replaceChildren();
    groups.forEach((group) => {
      const fields = group.fields.filter((field) => `${field.label} ${field.path}`.toLowerCase().includes(wanted));
      if (!fields.length) return;
      list.append(make("p", { class: "menu-title", text: group.label }));
      fields.forEach((field) => {
        const item = make("button", { class: "menu-item", type: "button", "data-path": field.path }, make("span", { text: field.label }), make("span", { class: "quiet tiny push clip", text: field.sample }));
        list.append(item);
      });
    });
    if (!list.childElementCount) list.append(make("p", { class: "menu-title", text: words.nothing }));
  };
  const close = () => {
    menu.hidden = true;
    menu.remove();
  };
  const tagOf = (path) => {
    const words_ = fallback.value.trim().replace(/"/g, "'").replace(/[{}]/g, "");
    // Our own links take no filter.
    return words_ && path.includes(".") ? `{{ ${path} | default: "${words_}" }}` : `{{ ${path} }}`;
  };
  const open = (button, insertAt) => {
    if (!menu.hidden && insert === insertAt) return close();
    insert = insertAt;
    // Inside a dialog the menu must be too, or it would lie below it.
    (button.closest("dialog") || document.body).append(menu);
    menu.hidden = false;
    search.value = "";
    show();
    const box = button.getBoundingClientRect();
    const size = menu.getBoundingClientRect();
    menu.style.left = `${Math.max(8, Math.min(box.right - size.width, innerWidth - size.width - 8))}px`;
    menu.style.top = `${box.bottom + size.height + 8 > innerHeight ? Math.max(8, box.top - size.height - 6) : box.bottom + 6}px`;
    search.focus();
  };
  search.addEventListener("input", () => show(search.value));
  menu.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      event.stopPropagation();
      close();
    } else if (event.key === "Enter" && event.target === search) {
      event.preventDefault();
      $("[data-path]", list)?.click();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const items = $$("[data-path]", list);
      const here = items.indexOf(document.activeElement);
      (items[event.key === "ArrowDown" ? here + 1 : here - 1] || search).focus();
    }
  });
  list.addEventListener("click", (event) => {
    const item = event.target.closest("[data-path]");
    if (!item) return;
    const path = item.dataset.path;
    close();
    insert?.(tagOf(path), path);
    fallback.value = "";
  });
  document.addEventListener("pointerdown", (event) => !menu.hidden && !menu.contains(event.target) && !event.target.closest("[data-merge-button]") && close());

  // Fields of text: a button at their end.
  const intoField = (field) => (tag) => {
    field.focus();
    field.setRangeText(tag, field.selectionStart, field.selectionEnd, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const button = (insertAt) => {
    const made = make("button", { class: "icon-btn is-small merge-button", type: "button", "data-merge-button": "", "aria-label": words.open, title: words.open });
    made.append(icon("braces"));
    made.addEventListener("click", () => open(made, insertAt));
    return made;
  };
  // The same insert function each time, so that a second press closes the menu.
  const dress = (field) => {
    const wrapper = field.closest(".merge-field");
    if (!wrapper || $(".merge-button", wrapper)) return;
    field.parentElement.classList.add("has-merge");
    field.after(button(intoField(field)));
  };
  $$("[data-merge]").forEach(dress);
  window.relay.merge = { labels, button, dress };
})();
