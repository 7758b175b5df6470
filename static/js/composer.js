// The 1:1 composer: tags are put where the cursor was, and tags without a value are named while typing.
(() => {
  "use strict";
  const TAG = /\{\{-?\s*([a-z_][\w.]*)\s*-?\}\}/gi; // without a filter: a default is a value

  const FIELDS = "[data-composer-subject], trix-editor";
  let last = document.activeElement; // the field that was typed into last
  document.addEventListener("focusin", (event) => {
    if (event.target.matches(FIELDS)) last = event.target;
  });

  const insert = (form, tag) => {
    const words = `{{ ${tag} }}`;
    const editor = form.querySelector("trix-editor");
    if (last && last.isConnected && last.matches("[data-composer-subject]")) {
      last.setRangeText(words, last.selectionStart, last.selectionEnd, "end");
      last.focus();
      last.dispatchEvent(new Event("input", { bubbles: true }));
    } else if (editor?.editor) {
      editor.editor.insertString(words);
      editor.focus();
    }
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-insert-tag]");
    const form = button?.closest("[data-composer]");
    if (form) insert(form, button.dataset.insertTag);
  });

  const check = (form) => {
    const data = form.querySelector("#composer-blank");
    const note = form.querySelector("[data-composer-blank]");
    if (!data || !note) return;
    const blank = new Set(JSON.parse(data.textContent));
    const text = `${form.querySelector("[data-composer-subject]").value} ${form.querySelector("trix-editor")?.innerText || ""}`;
    const found = [...new Set([...text.matchAll(TAG)].map((match) => match[1]).filter((name) => blank.has(name)))];
    note.hidden = !found.length;
    note.querySelector("[data-composer-blank-names]").textContent = found.join(", ");
  };
  for (const name of ["input", "trix-change"]) {
    document.addEventListener(name, (event) => {
      const form = event.target.closest?.("[data-composer]");
      if (form) check(form);
    });
  }
  // Files cannot be sent yet: Trix must not take what is dropped on it.
  document.addEventListener("trix-file-accept", (event) => event.preventDefault());
})();
