// Hand-written HTML: saved as one types, shown beside.
(() => {
  "use strict";
  const { $, $$, saver, paint } = window.relay;
  if (!$("[data-own-html]")) return;
  const data = JSON.parse($("#editor-data").textContent);
  const frame = $("[data-editor-frame]");
  const html = $("#own-html");
  const text = $("#own-text");
  const saving = saver({
    url: data.save_url,
    seen: data.seen,
    words: data.words,
    status: $("[data-editor-status]"),
    body: () => ({ html: html.value, text: text.value }),
    done: (answer) => {
      // Other people's HTML has styles wherever it likes: the frame is loaded again where they are not in one place.
      if (frame.contentDocument?.querySelectorAll("style").length > 2 || !paint(frame, answer.html, { whole: true })) frame.contentWindow?.location.reload();
    },
    wait: 700,
  });
  [html, text].forEach((field) => field.addEventListener("input", saving.soon));
  html.addEventListener("keydown", (event) => {
    // Tab writes two spaces; Escape before it leaves the field, as screen reader users expect.
    if (event.key === "Escape") html.dataset.leave = "1";
    else if (event.key === "Tab" && !event.shiftKey && !html.dataset.leave) {
      event.preventDefault();
      html.setRangeText("  ", html.selectionStart, html.selectionEnd, "end");
      saving.soon();
    } else delete html.dataset.leave;
  });
  $$("[data-own-part]").forEach((button) => button.addEventListener("click", () => {
    $$("[data-own-part]").forEach((one) => one.setAttribute("aria-pressed", String(one === button)));
    $$("[data-own]").forEach((part) => (part.hidden = part.dataset.own !== button.dataset.ownPart));
  }));
})();
