// Parts that need a library, which is fetched only where a page uses them: charts, sorting, pickers, rich text.
(() => {
  "use strict";
  const { $, $$, config, words } = window.relay;
  const loading = {};
  const load = (name) => (loading[name] ||= Promise.all(config.assets[name].map((url) => new Promise((resolve, reject) => {
    const css = url.includes(".css");
    const tag = document.createElement(css ? "link" : "script");
    Object.assign(tag, css ? { rel: "stylesheet", href: url } : { src: url });
    tag.onload = resolve;
    tag.onerror = reject;
    if (css) document.head.prepend(tag); // ours come after it
    else document.head.append(tag);
  }))));
  window.relay.load = load;

  // Charts: <canvas data-chart="id of a JSON script" data-chart-kind="line|bar|hbar|doughnut"> ------------------------
  const colour = (name) => {
    const probe = document.createElement("span");
    probe.className = `tone-${name}`;
    probe.style.color = "var(--tone-stroke)";
    document.body.append(probe);
    const value = getComputedStyle(probe).color;
    probe.remove();
    // Canvas wants rgb(); computed color-mix() may come back as oklab().
    const canvas = document.createElement("canvas").getContext("2d");
    canvas.fillStyle = value;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b];
  };
  const rgba = ([r, g, b], alpha = 1) => `rgba(${r},${g},${b},${alpha})`;
  const TONES = ["indigo", "teal", "orange", "pink", "azure", "purple", "green", "grey"];
  const draw = (canvas) => {
    const data = JSON.parse($(`#${CSS.escape(canvas.dataset.chart)}`).textContent);
    const kind = canvas.dataset.chartKind;
    const style = getComputedStyle(document.body);
    const line = getComputedStyle($(".card") || document.body).borderTopColor;
    window.Chart.defaults.font.family = style.fontFamily;
    window.Chart.defaults.color = rgba(colour("grey"));
    const round = kind === "doughnut";
    const datasets = data.series.map((series, place) => {
      const tone = colour(series.tone || TONES[place % TONES.length]);
      const each = round ? data.labels.map((_, n) => rgba(colour((data.tones || TONES)[n % TONES.length]))) : rgba(tone);
      return {
        label: series.label, data: series.values, borderColor: round ? "transparent" : rgba(tone), borderWidth: kind === "line" ? 2 : 0,
        backgroundColor: kind === "line" ? rgba(tone, 0.08) : each, fill: kind === "line", cubicInterpolationMode: "monotone", pointRadius: data.labels.length > 40 ? 0 : 2,
        borderRadius: kind.endsWith("bar") ? 4 : 0, maxBarThickness: 28, categoryPercentage: data.labels.length < 7 && kind === "bar" ? 0.3 : 0.75,
      };
    });
    const axis = { border: { display: false }, grid: { color: line }, ticks: { maxTicksLimit: 6, precision: 0 }, beginAtZero: true, stacked: Boolean(data.stacked) };
    const plain = { border: { display: false }, grid: { display: false }, ticks: { maxTicksLimit: 12, maxRotation: 0, autoSkip: kind !== "hbar" }, stacked: Boolean(data.stacked) };
    window.Chart.getChart(canvas)?.destroy();
    new window.Chart(canvas, {
      type: kind === "hbar" ? "bar" : kind,
      data: { labels: data.labels, datasets },
      options: {
        animation: false, maintainAspectRatio: false, indexAxis: kind === "hbar" ? "y" : "x", cutout: "68%",
        interaction: { mode: "index", intersect: round, axis: kind === "hbar" ? "y" : "x" },
        plugins: {
          legend: { display: round || datasets.length > 1, position: round ? "right" : "bottom", labels: { usePointStyle: true, boxWidth: 7, boxHeight: 7 } },
          tooltip: { padding: 10, cornerRadius: 8, displayColors: datasets.length > 1 },
        },
        scales: round ? {} : kind === "hbar" ? { x: axis, y: plain } : { x: plain, y: axis },
      },
    });
  };
  const charts = (root) => {
    const found = $$("canvas[data-chart]", root);
    if (found.length) load("chart").then(() => found.forEach((canvas) => canvas.isConnected && draw(canvas)));
  };
  document.addEventListener("relay:theme", () => charts(document));

  // Sorting: <ul data-sortable="group" data-move-url="/x/move/"> of <li data-id>; posts id, to, position ---------------
  const post = async (url, fields) => {
    const answer = await fetch(url, {
      method: "POST",
      headers: { "X-CSRFToken": window.relay.csrf(), "X-Requested-With": "fetch" },
      body: new URLSearchParams(fields),
    });
    if (!answer.ok) throw new Error(String(answer.status));
    const trigger = answer.headers.get("HX-Trigger");
    if (trigger?.startsWith("{")) {
      Object.entries(JSON.parse(trigger)).forEach(([name, detail]) => document.dispatchEvent(new CustomEvent(name, { detail, bubbles: true })));
    }
    return answer;
  };
  window.relay.post = post;
  const moved = (item, list) => {
    const order = $$(":scope > [data-id]", list).map((row) => row.dataset.id);
    const url = item.dataset.moveUrl || list.dataset.moveUrl;
    list.dispatchEvent(new CustomEvent("relay:moved", { bubbles: true, detail: { item, list, order } }));
    if (!url) return Promise.resolve();
    return post(url, { id: item.dataset.id, to: list.dataset.listId || "", position: order.indexOf(item.dataset.id), order: order.join(",") });
  };
  const sortables = (root) => {
    const found = $$("[data-sortable]:not([data-ready])", root);
    if (!found.length) return;
    load("sortable").then(() => found.forEach((list) => {
      list.dataset.ready = "1";
      window.Sortable.create(list, {
        group: list.dataset.sortable || undefined, animation: 120, draggable: "[data-id]", ghostClass: "is-ghost", dragClass: "is-lifted",
        handle: $(":scope > [data-id] .grip", list) ? ".grip" : undefined, delay: 120, delayOnTouchOnly: true, filter: "a, button:not(.grip), summary", preventOnFilter: false,
        onEnd: ({ item, from, to, oldDraggableIndex, newDraggableIndex }) => {
          if (from === to && oldDraggableIndex === newDraggableIndex) return;
          moved(item, to).catch(() => {
            from.insertBefore(item, $$(":scope > [data-id]", from)[oldDraggableIndex] || null);
            window.relay.toast(words.failed, "red");
          });
        },
      });
    }));
  };
  // The keyboard's way: arrows on a grip, or buttons with data-move="up" and "down".
  const shift = (item, step) => {
    const list = item.parentElement;
    const other = step < 0 ? item.previousElementSibling : item.nextElementSibling;
    if (!other?.matches("[data-id]")) return;
    if (step < 0) other.before(item);
    else other.after(item);
    moved(item, list).catch(() => window.relay.toast(words.failed, "red"));
  };
  document.addEventListener("keydown", (event) => {
    const grip = event.target.closest?.(".grip");
    if (!grip || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
    event.preventDefault();
    shift(grip.closest("[data-id]"), event.key === "ArrowUp" ? -1 : 1);
    grip.focus();
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-move]");
    if (button) shift(button.closest("[data-id]"), button.dataset.move === "up" ? -1 : 1);
  });

  // Pickers: <select data-picker>; data-picker-url="/x/?q=" answers [{value, text, note}]; data-picker-create allows new words
  const pickers = (root) => {
    const found = $$("select[data-picker]:not(.tomselected), input[data-picker]:not(.tomselected)", root);
    if (!found.length) return;
    load("tomselect").then(() => found.forEach((field) => {
      if (field.classList.contains("tomselected")) return;
      const url = field.dataset.pickerUrl;
      new window.TomSelect(field, {
        plugins: field.multiple || field.tagName === "INPUT" ? ["remove_button"] : [],
        create: field.dataset.pickerCreate !== undefined,
        searchField: ["text", "note"],
        preload: url ? "focus" : false,
        load: url ? (query, done) => fetch(url + encodeURIComponent(query), { headers: { Accept: "application/json" } }).then((r) => r.json()).then(done, () => done()) : null,
        render: {
          option: (row, escape) => `<div>${escape(row.text)}${row.note ? `<div class="quiet tiny">${escape(row.note)}</div>` : ""}</div>`,
          option_create: (row, escape) => `<div class="create">${escape(words.create.replace("%s", row.input))}</div>`,
          no_results: () => `<div class="p-2 quiet">${words.nothing}</div>`,
        },
      });
      field.setAttribute("aria-hidden", "true"); // what is read out is Tom Select's own field, which has taken the label
    }));
  };

  const dress = (root) => {
    charts(root);
    sortables(root);
    pickers(root);
    if ($("trix-editor", root)) load("trix");
    if ($("[data-composer]", root)) load("composer");
  };
  dress(document);
  document.addEventListener("htmx:afterSettle", (event) => dress(event.detail.elt.isConnected ? event.detail.elt : document));

  // Alpine is last: components register on "alpine:init" from their own files (see docs/ui.md).
  if ($("[x-data]")) load("alpine");

  // Files dropped on a drop zone go into its input.
  document.addEventListener("dragover", (event) => {
    const zone = event.target.closest?.(".drop-zone");
    if (!zone) return;
    event.preventDefault();
    zone.classList.add("is-over");
  });
  document.addEventListener("dragleave", (event) => event.target.closest?.(".drop-zone")?.classList.remove("is-over"));
  document.addEventListener("drop", (event) => {
    const zone = event.target.closest?.(".drop-zone");
    if (!zone) return;
    event.preventDefault();
    zone.classList.remove("is-over");
    const field = $("input[type=file]", zone);
    field.files = event.dataTransfer.files;
    field.dispatchEvent(new Event("change", { bubbles: true }));
  });
})();
