// The shell's behaviour: drawer, menus, dialogs, confirmation, toasts, htmx's manners, shortcuts, times.
// Everything is bound to the document, so that fragments which arrive later work at once. No inline script anywhere.
(() => {
  "use strict";
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const config = JSON.parse($("#relay-config")?.textContent || '{"assets": {}, "words": {}}');
  const words = config.words;
  const relay = (window.relay = { config, words, $, $$ });

  relay.csrf = () => $('meta[name="csrf-token"]')?.content || "";
  relay.icon = (name) => {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("class", "icon");
    svg.setAttribute("aria-hidden", "true");
    const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
    use.setAttribute("href", `${config.assets.sprite}#${name}`);
    svg.append(use);
    return svg;
  };
  relay.typing = (target) => target.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable], trix-editor");

  // Toasts ---------------------------------------------------------------------------------------------------------
  const LOOK = { green: "circle-check", orange: "alert-triangle", red: "alert-circle", indigo: "info-circle" };
  const expire = (item) => {
    // Errors stay until they are read.
    if (item.classList.contains("tone-red")) return;
    let timer = setTimeout(() => item.remove(), 6000);
    item.addEventListener("pointerenter", () => clearTimeout(timer));
    item.addEventListener("pointerleave", () => (timer = setTimeout(() => item.remove(), 3000)));
  };
  relay.toast = (text, tone = "green") => {
    const item = document.createElement("div");
    item.className = `toast-item tone-${tone}`;
    const body = document.createElement("div");
    body.textContent = text;
    const close = document.createElement("button");
    close.className = "icon-btn is-small";
    close.type = "button";
    close.dataset.dismiss = "";
    close.setAttribute("aria-label", words.close);
    close.append(relay.icon("x"));
    item.append(relay.icon(LOOK[tone] || LOOK.indigo), body, close);
    $("#toasts").append(item);
    expire(item);
  };
  $$("[data-toast]").forEach(expire);
  document.addEventListener("toast", (event) => {
    const { text, tone, value } = event.detail || {};
    relay.toast(text || value, tone);
  });

  // Dialogs --------------------------------------------------------------------------------------------------------
  relay.openDialog = (dialog) => dialog && !dialog.open && dialog.showModal();
  let answer = null;
  relay.confirm = (element) =>
    new Promise((resolve) => {
      const dialog = $("#confirm");
      const yes = $("#confirm-yes");
      $("#confirm-text").textContent = element.dataset.confirm;
      yes.textContent = element.dataset.confirmButton || words.ok;
      yes.className = `btn ${element.dataset.confirmTone === "red" ? "btn-danger" : "btn-primary"}`;
      dialog.returnValue = "";
      answer = resolve;
      dialog.showModal();
    });
  $("#confirm")?.addEventListener("close", (event) => {
    answer?.(event.target.returnValue === "yes");
    answer = null;
  });
  // A form or its button may ask first: <button data-confirm="Delete 3 contacts?" data-confirm-button="Delete">.
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    const asker = event.submitter?.dataset.confirm ? event.submitter : form.dataset.confirm ? form : null;
    if (asker && !form.dataset.confirmed) {
      event.preventDefault();
      event.stopImmediatePropagation();
      if (!(await relay.confirm(asker))) return;
      form.dataset.confirmed = "1";
      form.requestSubmit(event.submitter || undefined);
      delete form.dataset.confirmed;
      return;
    }
    if (form.method !== "dialog" && !event.defaultPrevented) {
      delete form.dataset.dirty;
      form.classList.add("is-sending");
      setTimeout(() => form.classList.remove("is-sending"), 4000);
    }
  }, true);
  document.addEventListener("htmx:confirm", (event) => {
    const element = event.detail.elt;
    if (!element.dataset.confirm || element.matches("form") || element.closest("form")?.dataset.confirmed) return;
    if (element.matches("[type=submit]") && element.form) return; // asked on submit already
    event.preventDefault();
    relay.confirm(element).then((yes) => yes && event.detail.issueRequest(true));
  });

  // Clicks ---------------------------------------------------------------------------------------------------------
  const sidebar = (open) => {
    $("#sidebar")?.classList.toggle("is-open", open);
    $(".sidebar-shade")?.classList.toggle("is-open", open);
    if (open) $("#sidebar").focus();
  };
  const actions = {
    "[data-theme-toggle]": () => window.relayToggleTheme(),
    "[data-dismiss]": (element) => element.closest(".toast-item, .callout")?.remove(),
    "[data-close-dialog]": (element) => element.closest("dialog")?.close(),
    "[data-open-dialog]": (element) => relay.openDialog($(element.dataset.openDialog)),
    "[data-open-sidebar]": () => sidebar(true),
    "[data-close-sidebar]": () => {
      sidebar(false);
      if (location.hash === "#sidebar") history.replaceState(null, "", location.pathname + location.search);
    },
    "[data-copy]": async (element) => {
      await navigator.clipboard.writeText(element.dataset.copy || $(element.dataset.copyFrom)?.textContent || "");
      relay.toast(words.copied);
    },
    "[data-toggle]": (element) => {
      const target = $(element.dataset.toggle);
      target.hidden = !target.hidden;
      element.setAttribute("aria-expanded", String(!target.hidden));
    },
  };
  document.addEventListener("click", (event) => {
    for (const [selector, act] of Object.entries(actions)) {
      const element = event.target.closest(selector);
      if (element) {
        if (element.tagName === "A") event.preventDefault();
        act(element);
      }
    }
    $$("details.menu[open]").forEach((menu) => {
      const choice = menu.contains(event.target) && event.target.closest(".menu-item");
      if (!menu.contains(event.target) || choice) menu.open = false;
    });
    if (event.target.matches("dialog.dialog") && event.target.id !== "confirm") event.target.close(); // the backdrop
  });
  // A menu inside something that scrolls would be cut off: lift it out while it is open.
  document.addEventListener("toggle", (event) => {
    const menu = event.target;
    if (!menu.matches?.("details.menu")) return;
    const list = $(".menu-list", menu);
    if (!menu.open || !menu.closest(".table-wrap, .kanban, .tabs, .dialog")) return;
    const box = menu.getBoundingClientRect();
    Object.assign(list.style, { position: "fixed", right: "auto", left: "0", top: "0" });
    const size = list.getBoundingClientRect();
    list.style.left = `${Math.max(8, Math.min(box.right - size.width, innerWidth - size.width - 8))}px`;
    list.style.top = `${box.bottom + size.height + 8 > innerHeight ? Math.max(8, box.top - size.height - 6) : box.bottom + 6}px`;
    addEventListener("scroll", () => (menu.open = false), { once: true, capture: true });
  }, true);

  // htmx: CSRF, the line on top, errors as toasts, fragments in the dialog -------------------------------------------
  document.addEventListener("htmx:configRequest", (event) => (event.detail.headers["X-CSRFToken"] = relay.csrf()));
  let under_way = 0;
  const count = (step) => {
    under_way = Math.max(0, under_way + step);
    document.body.classList.toggle("is-loading", under_way > 0);
  };
  document.addEventListener("htmx:beforeRequest", (event) => !event.detail.elt.matches("[hx-trigger*=every]") && count(1));
  document.addEventListener("htmx:afterRequest", (event) => !event.detail.elt.matches("[hx-trigger*=every]") && count(-1));
  document.addEventListener("htmx:beforeSwap", (event) => {
    // A form that was refused comes back with its errors and status 422.
    if (event.detail.xhr.status === 422) {
      event.detail.shouldSwap = true;
      event.detail.isError = false;
    }
  });
  document.addEventListener("htmx:responseError", (event) => {
    const status = event.detail.xhr.status;
    if (event.detail.elt.matches("[hx-trigger*=every]")) return; // the next round may succeed
    relay.toast({ 401: words.expired, 403: words.forbidden, 404: words.gone }[status] || words.failed, "red");
  });
  let leaving = false; // a page that is left cuts off its requests, which is no trouble with the network
  addEventListener("pagehide", () => (leaving = true));
  addEventListener("pageshow", () => (leaving = false));
  document.addEventListener("htmx:sendError", (event) => !leaving && !event.detail.elt.matches("[hx-trigger*=every]") && relay.toast(words.offline, "red"));
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id !== "dialog-body") return;
    const dialog = $("#dialog");
    $("#dialog-title").textContent = $("[data-dialog-title]", dialog)?.dataset.dialogTitle || "";
    dialog.classList.toggle("is-wide", Boolean($("[data-dialog-wide]", dialog)));
    relay.openDialog(dialog);
    $("[autofocus], .field.has-error input, input:not([type=hidden]), select, textarea", $("#dialog-body"))?.focus();
  });
  document.addEventListener("dialog-close", () => $("#dialog").close());
  $("#dialog")?.addEventListener("close", () => $("#dialog-body").replaceChildren());

  // Keys -----------------------------------------------------------------------------------------------------------
  let after_g = 0;
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      $$("details.menu[open]").forEach((menu) => {
        menu.open = false;
        $("summary", menu).focus();
      });
      sidebar(false);
    }
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      relay.openPalette?.();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || relay.typing(event.target) || $("dialog[open]")) return;
    if (event.key === "/") {
      event.preventDefault();
      relay.openPalette?.();
    } else if (event.key === "?") relay.openDialog($("#shortcuts"));
    else if (event.key === "t") window.relayToggleTheme();
    else if (event.key === "g") after_g = event.timeStamp;
    else if (event.timeStamp - after_g < 1200) {
      const go = $$("[data-go]").find((key) => key.textContent === event.key);
      if (go) location.assign(go.dataset.go);
    } else $(`[data-key="${CSS.escape(event.key)}"]`)?.click();
  });

  // Forms: warn before typed words are lost -------------------------------------------------------------------------
  document.addEventListener("input", (event) => {
    const form = event.target.closest?.("form[data-dirty-warning]");
    if (form) form.dataset.dirty = "1";
  });
  addEventListener("beforeunload", (event) => $("form[data-dirty]") && event.preventDefault());
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-submit-on-change]")) event.target.form.requestSubmit();
  });

  // Relative times move on while a page stays open --------------------------------------------------------------------
  setInterval(() => {
    $$("time.reltime").forEach((time) => {
      const minutes = Math.floor((Date.now() - Date.parse(time.dateTime)) / 60000);
      if (minutes < 0 || minutes >= 1440) return;
      time.textContent =
        minutes < 1 ? words.now : minutes < 60 ? words.minutes.replace("%d", minutes) : words.hours.replace("%d", Math.floor(minutes / 60));
    });
  }, 30000);
})();
