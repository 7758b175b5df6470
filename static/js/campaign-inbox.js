// Shows From, subject and preheader as an inbox would, while they are written.
(() => {
  "use strict";
  const { $, $$, merge } = window.relay;
  const form = $("[data-inbox-form]");
  if (!form) return;
  const readable = (text) => text.replace(/\{\{-?\s*([\w.]+)(?:.*?default:\s*"([^"]*)")?.*?\}\}/g, (_tag, path, fallback) => fallback || merge?.labels[path] || path);
  const show = () => {
    $$("[data-inbox]").forEach((place) => (place.textContent = readable(form.elements[place.dataset.inbox].value)));
    $$("[data-count-of]").forEach((place) => (place.textContent = `${readable(form.elements[place.dataset.countOf].value).length}`));
  };
  form.addEventListener("input", show);
  show();
})();
