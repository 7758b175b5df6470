// The preview: as which contact, how wide, and the text part. Works in the dialog and on the review page.
(() => {
  "use strict";
  const { $, $$ } = window.relay;
  const renew = (box) => {
    const address = new URL(box.dataset.preview, location.origin);
    const contact = $("[data-preview-contact]", box)?.value;
    if (contact) address.searchParams.set("contact", contact);
    if ($("[data-preview-part]", box)?.getAttribute("aria-pressed") === "true") address.searchParams.set("part", "text");
    $("[data-preview-frame]", box).src = address.pathname + address.search;
    const subject = $("[data-preview-subject]", box);
    if (subject) fetch(`${box.dataset.previewLine}${address.search}`).then((answer) => answer.text()).then((html) => {
      const found = new DOMParser().parseFromString(html, "text/html").querySelector("[data-preview-subject]");
      if (found) subject.textContent = found.textContent;
    }, () => {});
  };
  document.addEventListener("change", (event) => event.target.matches("[data-preview-contact]") && renew(event.target.closest("[data-preview]")));
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-preview-width], [data-preview-part]");
    const box = button?.closest("[data-preview]");
    if (!box) return;
    if (button.dataset.previewPart) {
      button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
      renew(box);
      return;
    }
    $$("[data-preview-width]", box).forEach((one) => one.setAttribute("aria-pressed", String(one === button)));
    $("[data-preview-frame]", box).classList.toggle("is-phone", button.dataset.previewWidth === "is-phone");
  });
})();
