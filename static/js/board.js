// The board of deals: what the server says of a move is carried out here, for dragging and for the menu alike.
(() => {
  "use strict";
  const { $, $$ } = window.relay;

  // The event comes with the answer to every move (deals.views.board): where the deal is now, and the new totals.
  document.addEventListener("deal-moved", (event) => {
    const { deal, stage, url, refusal, words, totals } = event.detail;
    const card = $(`.kanban-card[data-id="${Number(deal)}"]`);
    const list = stage && $(`[data-list-id="${Number(stage)}"]`);
    if (card && list) {
      const had_focus = card.contains(document.activeElement);
      if (card.parentElement !== list) list.prepend(card);
      card.dataset.moveUrl = url + location.search.replace(/^\?/, "&");
      $$("[data-move-form]", card).forEach((form) => {
        form.action = url;
        const button = $("button", form);
        button.disabled = $("input[name=to]", form).value === String(stage);
        $("use", button).setAttribute("href", $("use", button).getAttribute("href").replace(/#.*/, button.disabled ? "#check" : "#arrow-right"));
      });
      if (had_focus) $("summary", card)?.focus();
    } else card?.remove();
    const known = new Map(totals.map((total) => [String(total.stage), total]));
    $$("[data-total-count]").forEach((element) => {
      const total = known.get(element.dataset.totalCount);
      const worth = $(`[data-total-worth="${element.dataset.totalCount}"]`);
      element.textContent = total ? total.count.toLocaleString(document.documentElement.lang) : "0";
      worth.textContent = total ? total.worth : worth.textContent.replace(/[\d.,]+/, "0");
    });
    if (refusal) window.relay.toast(refusal, "orange");
    const news = $("[data-board-news]");
    if (news) news.textContent = refusal || words;
  });

  // The menu's way, for keyboards and for who would rather not drag.
  document.addEventListener("submit", (event) => {
    const form = event.target.closest("[data-move-form]");
    if (!form) return;
    event.preventDefault();
    form.closest("details").open = false;
    $("summary", form.closest("details")).focus();
    window.relay.post(form.closest("[data-id]").dataset.moveUrl, { to: $("input[name=to]", form).value })
      .catch(() => window.relay.toast(window.relay.words.failed, "red"));
  });
})();
