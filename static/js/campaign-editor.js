// The block editor. State is one document {blocks, theme}; every change goes through `commit`, which keeps the
// history, saves, and draws. The preview is the server's own HTML in a sandboxed frame; over it lies a list of the
// blocks, through which they are chosen, dragged and moved by keys.
(() => {
  "use strict";
  const { $, $$, icon, load, toast, controls, saver, paint } = window.relay;
  const root = $("[data-editor]");
  if (!root) return;
  const data = JSON.parse($("#editor-data").textContent);
  const words = { ...data.words, upload_url: data.upload_url };
  const kinds = Object.fromEntries(data.kinds.map((kind) => [kind.key, kind]));
  const frame = $("[data-editor-frame]");
  const stage = $("[data-editor-stage]");
  const overlay = $("[data-editor-overlay]");
  const structure = $("[data-structure]");
  const formPlace = $("[data-editor-form]");
  const voice = $("[data-editor-voice]");
  const { make } = controls;

  let doc = { blocks: data.blocks, theme: data.theme };
  let chosen = null;
  let tab = "email";
  let problems = [];
  const past = [];
  const future = [];
  const openGroups = new Set();

  const clone = (value) => structuredClone(value);
  const at = (id) => doc.blocks.findIndex((block) => block.id === id);
  const newId = () => `b${Date.now().toString(36)}${Math.random().toString(36).slice(2, 6)}`;
  const say = (text, facts) => (voice.textContent = text.replace("%(title)s", facts.title).replace("%(n)s", facts.n));
  // What stands below the sheet stays there.
  const ordered = (blocks) => [...blocks.filter((block) => !kinds[block.kind]?.outside), ...blocks.filter((block) => kinds[block.kind]?.outside)];

  // Changes ---------------------------------------------------------------------------------------------------------
  let lastStep = { key: "", time: 0 };
  const commit = (change, { key = "", redraw = true } = {}) => {
    // Typing in one field is one step back, until one pauses.
    const now = Date.now();
    if (!key || key !== lastStep.key || now - lastStep.time > 1500) past.push(clone(doc));
    if (past.length > 100) past.shift();
    lastStep = { key, time: now };
    future.length = 0;
    change(doc);
    doc.blocks = ordered(doc.blocks);
    after(redraw);
  };
  const after = (redraw) => {
    problems = [];
    saving.soon();
    if (redraw) draw();
    showHistory();
  };
  const step = (from, to) => {
    if (!from.length) return;
    to.push(clone(doc));
    doc = from.pop();
    lastStep = { key: "", time: 0 };
    if (at(chosen) < 0) choose(null);
    after(true);
  };
  const undo = () => step(past, future);
  const redo = () => step(future, past);
  const showHistory = () => {
    $("[data-editor-undo]").disabled = !past.length;
    $("[data-editor-redo]").disabled = !future.length;
  };

  const addBlock = (kind, position) => {
    const block = { ...clone(kinds[kind].example), id: newId() };
    commit((state) => state.blocks.splice(position, 0, block));
    choose(block.id, { show: true });
    say(words.added, { title: kinds[kind].title, n: at(block.id) + 1 });
  };
  const moveBlock = (id, to, focus = true) => {
    const from = at(id);
    const last = doc.blocks.filter((block) => !kinds[block.kind].outside).length - 1;
    const end = Math.max(0, Math.min(to, last));
    if (from < 0 || from === end || kinds[doc.blocks[from].kind].outside) return;
    commit((state) => state.blocks.splice(end, 0, ...state.blocks.splice(from, 1)));
    if (focus) focusBlock(id);
    say(words.moved, { title: kinds[doc.blocks[end].kind].title, n: end + 1 });
  };
  const copyBlock = (id) => {
    const block = { ...clone(doc.blocks[at(id)]), id: newId() };
    commit((state) => state.blocks.splice(at(id) + 1, 0, block));
    choose(block.id, { show: true });
  };
  const deleteBlock = (id) => {
    const position = at(id);
    const kind = kinds[doc.blocks[position].kind];
    if (kind.required && doc.blocks.filter((block) => block.kind === kind.key).length < 2) return;
    commit((state) => state.blocks.splice(position, 1));
    choose(doc.blocks[Math.min(position, doc.blocks.length - 1)]?.id ?? null);
    toast(words.deleted.replace("%s", kind.title), "indigo");
  };

  // Choosing --------------------------------------------------------------------------------------------------------
  const choose = (id, { show = false, pane = false } = {}) => {
    chosen = id;
    tab = id ? "block" : "email";
    draw();
    if (show) requestAnimationFrame(() => $(`[data-id="${id}"]`, overlay)?.scrollIntoView({ block: "nearest", behavior: "smooth" }));
    if (pane && matchMedia("(max-width: 991px)").matches) showPane("settings");
  };
  const focusBlock = (id) => requestAnimationFrame(() => $(`[data-id="${id}"] .overlay-hit`, overlay)?.focus({ preventScroll: false }));
  const showPane = (name) => {
    root.dataset.pane = name;
    $$("[data-editor-pane]").forEach((button) => button.setAttribute("aria-pressed", String(button.dataset.editorPane === name)));
    if (name === "canvas") measure();
  };

  // Drawing ---------------------------------------------------------------------------------------------------------
  const tool = (name, label, act, disabled = false) => {
    const button = make("button", { type: "button", class: "icon-btn is-small", "aria-label": label, title: label, disabled }, icon(name));
    button.addEventListener("click", (event) => {
      event.stopPropagation();
      act();
    });
    return button;
  };
  const isOnly = (block) => kinds[block.kind].required && doc.blocks.filter((one) => one.kind === block.kind).length < 2;
  const tools = (block, position) => {
    const outside = kinds[block.kind].outside;
    const next = doc.blocks[position + 1];
    return [
      tool("arrow-up", words.up, () => moveBlock(block.id, position - 1), outside || position === 0),
      tool("arrow-down", words.down, () => moveBlock(block.id, position + 1), outside || !next || kinds[next.kind].outside),
      ...(kinds[block.kind].required ? [] : [tool("copy", words.copy, () => copyBlock(block.id))]),
      ...(isOnly(block) ? [] : [tool("trash", words.delete, () => deleteBlock(block.id))]),
    ];
  };
  const draw = () => {
    drawOverlay();
    drawStructure();
    drawForm();
    measure();
  };
  const drawOverlay = () => {
    const items = doc.blocks.map((block, position) => {
      const kind = kinds[block.kind];
      const hit = make("button", { type: "button", class: "overlay-hit", "aria-label": words.edit.replace("%(n)s", position + 1).replace("%(title)s", kind.title), "aria-pressed": String(block.id === chosen) });
      hit.addEventListener("click", () => choose(block.id, { pane: true }));
      const label = make("span", { class: "overlay-label", "aria-hidden": "true" }, icon(kind.icon), kind.title);
      const bar = make("div", { class: "overlay-tools" }, label, ...(block.id === chosen ? tools(block, position) : []));
      const bad = problems.some((problem) => problem.block_id === block.id);
      return make("li", { class: `overlay-block${block.id === chosen ? " is-chosen" : ""}${kind.outside ? " is-pinned" : ""}${bad ? " is-bad" : ""}`, "data-id": block.id }, hit, bar);
    });
    // Drawing again must not take the focus from who works by keys.
    const holder = document.activeElement?.closest?.(".overlay-block");
    const label = document.activeElement?.getAttribute?.("aria-label");
    const wasHit = document.activeElement?.classList.contains("overlay-hit");
    overlay.replaceChildren(...items);
    if (!holder || !overlay.isConnected) return;
    const again = $(`[data-id="${CSS.escape(holder.dataset.id)}"]`, overlay);
    const same = wasHit ? null : $$(".overlay-tools button", again || overlay).find((button) => button.getAttribute("aria-label") === label && !button.disabled);
    (same || $(".overlay-hit", again || overlay))?.focus({ preventScroll: true });
  };
  const drawStructure = () => {
    $("[data-editor-structure]").hidden = tab === "block";
    if (tab === "block") return;
    structure.replaceChildren(...doc.blocks.map((block, position) => {
      const kind = kinds[block.kind];
      const open = make("button", { type: "button", class: "structure-name clip" }, icon(kind.icon), make("span", { class: "clip", text: nameOf(block) }));
      open.addEventListener("click", () => choose(block.id, { show: true }));
      return make("li", { "data-id": block.id }, open, make("span", { class: "structure-tools" }, ...tools(block, position).slice(0, 2)));
    }));
  };
  const nameOf = (block) => {
    const text = block.text || block.label || (block.html || "").replace(/<[^>]*>/g, " ").trim() || block.alt || "";
    const shown = text.replace(/\{\{-?\s*([\w.]+).*?\}\}/g, (_tag, path) => window.relay.merge.labels[path] || path).replace(/\{%.*?%\}/g, "");
    return shown ? shown.slice(0, 60) : kinds[block.kind].title;
  };
  const drawForm = () => {
    $$("[data-editor-tab]").forEach((button) => {
      button.setAttribute("aria-pressed", String(button.dataset.editorTab === tab));
      button.disabled = button.dataset.editorTab === "block" && at(chosen) < 0;
    });
    const position = at(chosen);
    if (tab === "email" || position < 0) {
      const settings = data.theme_settings.map((setting) => ({ ...setting, required: true }));
      formPlace.replaceChildren(controls.form(settings, doc.theme, (name, value, typing) => commit((state) => controls.set(state.theme, name, value), { key: typing ? `theme.${name}` : "", redraw: false }), words, openGroups));
      return;
    }
    const block = doc.blocks[position];
    const kind = kinds[block.kind];
    const head = make("div", { class: "settings-head" }, icon(kind.icon), make("h2", { text: kind.title }), make("div", { class: "push settings-tools" }, ...tools(block, position)));
    const change = (name, value, typing) => commit((state) => controls.set(state.blocks[at(block.id)], name, value), { key: typing ? `${block.id}.${name}` : "", redraw: false });
    formPlace.replaceChildren(head, controls.form(kind.settings, block, change, words, openGroups));
    showProblems();
  };
  const showProblems = () => {
    $$(".field-error", formPlace).forEach((element) => element.remove());
    problems.filter((problem) => problem.block_id === chosen).forEach((problem) => {
      const field = $(`[data-setting="${CSS.escape(problem.name.split(".").filter((part) => !/^\d+$/.test(part)).join("."))}"]`, formPlace) || $(`[data-setting="${CSS.escape(problem.name.split(".")[0])}"]`, formPlace);
      field?.append(make("p", { class: "field-error", role: "alert" }, icon("alert-circle"), make("span", { text: problem.message })));
    });
    $$(".overlay-block", overlay).forEach((item) => item.classList.toggle("is-bad", problems.some((problem) => problem.block_id === item.dataset.id)));
  };

  // The frame: as high as what is in it, with the list of blocks exactly over its rows ---------------------------------
  const measure = () => {
    const inside = frame.contentDocument;
    // The email's own ground fills the room around it.
    const ground = inside?.body && inside.defaultView?.getComputedStyle(inside.body).backgroundColor;
    if (ground) stage.parentElement.style.background = stage.classList.contains("is-phone") ? "" : ground;
    const table = inside?.body?.querySelector("table");
    if (!table) return;
    frame.style.height = `${Math.ceil(table.getBoundingClientRect().height)}px`;
    let end = inside.querySelector("tr[data-block]")?.getBoundingClientRect().top ?? 0;
    overlay.style.paddingTop = `${end}px`;
    $$(".overlay-block", overlay).forEach((item) => {
      const row = inside.querySelector(`tr[data-block="${CSS.escape(item.dataset.id)}"]`);
      if (!row) return void (item.hidden = true);
      const box = row.getBoundingClientRect();
      item.hidden = false;
      item.style.marginTop = `${Math.max(0, box.top - end)}px`;
      item.style.marginLeft = `${box.left}px`;
      item.style.width = `${box.width}px`;
      item.style.height = `${box.height}px`;
      end = Math.max(end, box.top) + box.height;
    });
  };
  const watchImages = () => frame.contentDocument && [...frame.contentDocument.images].forEach((image) => image.complete || image.addEventListener("load", measure, { once: true }));
  const settle = () => {
    measure();
    watchImages();
    [150, 600, 2000].forEach((wait) => setTimeout(measure, wait));
  };
  const darkButton = $("[data-editor-dark]");
  const isDark = () => darkButton.getAttribute("aria-pressed") === "true";
  darkButton.addEventListener("click", () => {
    darkButton.setAttribute("aria-pressed", String(!isDark()));
    window.relay.darken(frame, isDark());
    measure();
  });
  frame.addEventListener("load", settle);
  new ResizeObserver(measure).observe(stage);
  document.fonts?.ready.then(measure);

  const saving = saver({
    url: data.save_url,
    seen: data.seen,
    words,
    status: $("[data-editor-status]"),
    body: () => doc,
    done(answer) {
      problems = [];
      showProblems();
      if (!paint(frame, answer.html, { dark: isDark() })) frame.contentWindow?.location.reload();
      settle();
    },
    refused(found) {
      problems = found;
      showProblems();
    },
  });

  // Buttons and keys -------------------------------------------------------------------------------------------------
  $("[data-editor-undo]").addEventListener("click", undo);
  $("[data-editor-redo]").addEventListener("click", redo);
  $$("[data-editor-width]").forEach((button) => button.addEventListener("click", () => {
    $$("[data-editor-width]").forEach((one) => one.setAttribute("aria-pressed", String(one === button)));
    stage.classList.toggle("is-phone", button.dataset.editorWidth === "phone");
    settle();
  }));
  $$("[data-editor-tab]").forEach((button) => button.addEventListener("click", () => {
    tab = button.dataset.editorTab;
    drawStructure();
    drawForm();
  }));
  $$("[data-editor-pane]").forEach((button) => button.addEventListener("click", () => showPane(button.dataset.editorPane)));
  // On the palette, not on its tiles: a dragged tile leaves a copy of itself behind.
  $("[data-editor-palette]").addEventListener("click", (event) => {
    const tile = event.target.closest("[data-kind]");
    if (!tile) return;
    const position = at(chosen);
    const inside = doc.blocks.filter((block) => !kinds[block.kind].outside).length;
    addBlock(tile.dataset.kind, position < 0 ? inside : Math.min(position + 1, inside));
    if (matchMedia("(max-width: 991px)").matches) showPane("settings");
  });
  stage.parentElement.addEventListener("click", (event) => event.target === stage.parentElement && choose(null));
  document.addEventListener("keydown", (event) => {
    const typing = window.relay.typing(event.target);
    const command = event.ctrlKey || event.metaKey;
    if (command && event.key.toLowerCase() === "z" && !typing) {
      event.preventDefault();
      (event.shiftKey ? redo : undo)();
    }
    if (typing || !chosen || !root.contains(event.target) || $("dialog[open]")) return;
    const position = at(chosen);
    if (event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
      event.preventDefault();
      moveBlock(chosen, position + (event.key === "ArrowUp" ? -1 : 1));
    } else if (event.key === "Delete" || event.key === "Backspace") {
      event.preventDefault();
      deleteBlock(chosen);
    } else if (command && event.key.toLowerCase() === "d") {
      event.preventDefault();
      if (!kinds[doc.blocks[position].kind].required) copyBlock(chosen);
    } else if (event.key === "Escape") choose(null);
  });

  // Dragging: from the palette into the email, and within it -----------------------------------------------------------
  load("sortable").then(() => {
    const ids = () => $$("[data-id]", overlay).map((item) => item.dataset.id);
    window.Sortable.create($("[data-editor-palette]"), { group: { name: "blocks", pull: "clone", put: false }, sort: false, animation: 120, draggable: ".block-tile" });
    window.Sortable.create(overlay, {
      group: { name: "blocks", put: true },
      animation: 120,
      draggable: ".overlay-block, .block-tile",
      filter: ".overlay-tools button, .is-pinned",
      preventOnFilter: false,
      onMove: (event) => !(event.related.classList.contains("is-pinned") && event.willInsertAfter),
      onStart: () => root.classList.add("is-dragging"),
      onEnd(event) {
        root.classList.remove("is-dragging");
        const to = ids().indexOf(event.item.dataset.id);
        if (to === at(event.item.dataset.id)) draw();
        else moveBlock(event.item.dataset.id, to, false);
      },
      onAdd(event) {
        const kind = event.item.dataset.kind;
        const position = [...overlay.children].indexOf(event.item);
        event.item.remove();
        addBlock(kind, position);
      },
    });
    $("[data-editor-palette]").addEventListener("dragstart", () => root.classList.add("is-dragging"));
    $("[data-editor-palette]").addEventListener("dragend", () => root.classList.remove("is-dragging"));
  });

  const asked = location.hash.match(/^#block-([a-z0-9-]+)$/)?.[1];
  if (asked && at(asked) >= 0) choose(asked, { show: true });
  else draw();
  settle();
})();
