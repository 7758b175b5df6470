// The controls of a block's form, made from what the server says of its settings.
(() => {
  "use strict";
  const { icon, merge, rich } = window.relay;

  const make = (tag, attributes = {}, ...children) => {
    const element = document.createElement(tag);
    Object.entries(attributes).forEach(([name, value]) => {
      if (name === "text") element.textContent = value;
      else if (name === "class") element.className = value;
      else if (value === true) element.setAttribute(name, "");
      else if (value !== false && value != null) element.setAttribute(name, value);
    });
    element.append(...children);
    return element;
  };
  const get = (data, path) => path.split(".").reduce((place, name) => place?.[name], data);
  const set = (data, path, value) => {
    const names = path.split(".");
    const last = names.pop();
    names.reduce((place, name) => place[name], data)[last] = value;
  };
  let ids = 0;

  // Each maker gets the setting, the value and `change(value, typing)`, and answers with an element.
  const makers = {
    line: (setting, value, change, id) => text("input", setting, value, change, { id, type: "text" }),
    area: (setting, value, change, id) => text("textarea", setting, value, change, { id, rows: 3 }),
    url: (setting, value, change, id) => text("input", setting, value, change, { id, type: "text", inputmode: "url", placeholder: "https://", spellcheck: "false" }),
    code: (setting, value, change, id) => text("textarea", setting, value, change, { id, rows: 12, spellcheck: "false", class: "form-control mono small" }),
    image(setting, value, change, id, words) {
      const thumb = make("img", { class: "image-thumb", alt: "", hidden: !value, src: value || null, referrerpolicy: "no-referrer" });
      thumb.addEventListener("error", () => (thumb.hidden = true));
      const field = text("input", setting, value, (typed) => {
        thumb.hidden = !typed;
        if (typed) thumb.src = typed;
        change(typed, true);
      }, { id, type: "text", inputmode: "url", placeholder: "https://", spellcheck: "false" });
      const file = make("input", { type: "file", accept: "image/png,image/jpeg,image/gif,image/webp", class: "visually-hidden", tabindex: "-1", "aria-hidden": "true" });
      const button = make("button", { type: "button", class: "btn btn-sm" }, icon("upload"), make("span", { text: words.upload }));
      const put = async (picked) => {
        if (!picked) return;
        const body = new FormData();
        body.append("file", picked);
        button.lastChild.textContent = words.uploading;
        button.disabled = true;
        const answer = await fetch(words.upload_url, { method: "POST", headers: { "X-CSRFToken": window.relay.csrf() }, body }).catch(() => null);
        const said = await answer?.json().catch(() => ({}));
        button.lastChild.textContent = words.upload;
        button.disabled = false;
        if (!said?.url) return window.relay.toast(said?.message || words.upload_failed, "red");
        const input = field.querySelector("input");
        input.value = said.url;
        input.dispatchEvent(new Event("input", { bubbles: true }));
      };
      button.addEventListener("click", () => file.click());
      file.addEventListener("change", () => put(file.files[0]));
      const box = make("div", { class: "image-control" }, field, make("div", { class: "cluster" }, button, file), thumb);
      box.addEventListener("dragover", (event) => event.preventDefault());
      box.addEventListener("drop", (event) => {
        event.preventDefault();
        put(event.dataTransfer.files[0]);
      });
      return box;
    },
    rich: (setting, value, change, _id, words) => rich(value, setting.label, words, (html) => change(html, true)),
    choice(setting, value, change, id) {
      if (setting.options.length > 4) {
        const select = make("select", { class: "form-select", id });
        setting.options.forEach(([key, label]) => select.append(make("option", { value: key, text: label, selected: String(value) === key })));
        select.addEventListener("change", () => change(like(value, select.value)));
        return select;
      }
      const group = make("div", { class: "segments", role: "radiogroup", "aria-label": setting.label });
      setting.options.forEach(([key, label]) => {
        const input = make("input", { type: "radio", name: id, value: key, class: "visually-hidden", checked: String(value) === key });
        input.addEventListener("change", () => change(like(value, key)));
        group.append(make("label", { class: "segment" }, input, make("span", { text: label })));
      });
      return group;
    },
    range(setting, value, change, id) {
      const [min, max, step] = setting.bounds;
      const output = make("output", { class: "tabular quiet", for: id, text: value });
      const input = make("input", { type: "range", class: "form-range", id, min, max, step, value });
      input.addEventListener("input", () => {
        output.textContent = input.value;
        change(Number(input.value), true);
      });
      return make("div", { class: "range-control" }, input, output);
    },
    colour(setting, value, change, id, words) {
      const swatch = make("input", { type: "color", class: "colour-swatch", value: value || "#ffffff", "aria-label": setting.label });
      const typed = make("input", { type: "text", class: "form-control mono", id, value, placeholder: words.none, maxlength: 7, spellcheck: "false" });
      const clear = make("button", { type: "button", class: "icon-btn is-small", "aria-label": words.remove, title: words.remove }, icon("x"));
      const show = (colour) => {
        typed.value = colour;
        swatch.classList.toggle("is-empty", !colour);
        if (colour) swatch.value = colour;
      };
      swatch.addEventListener("input", () => (show(swatch.value), change(swatch.value, true)));
      typed.addEventListener("input", () => {
        const colour = typed.value && !typed.value.startsWith("#") ? `#${typed.value}` : typed.value;
        if (/^#[0-9a-f]{6}$/i.test(colour) || (!colour && !setting.required)) {
          swatch.classList.toggle("is-empty", !colour);
          if (colour) swatch.value = colour;
          change(colour, true);
        }
      });
      clear.addEventListener("click", () => (show(""), change("")));
      show(value);
      return make("div", { class: "colour-control" }, swatch, typed, ...(setting.required ? [] : [clear]));
    },
    switch(setting, value, change, id) {
      const input = make("input", { type: "checkbox", id, checked: Boolean(value) });
      input.addEventListener("change", () => change(input.checked));
      return make("label", { class: "switch" }, input, make("span", { text: setting.label }));
    },
    items(setting, value, change, _id, words) {
      const box = make("div", { class: "items-control" });
      const items = structuredClone(value);
      const blank = Object.fromEntries(setting.item.map((part) => [part.name, part.options[0]?.[0] ?? ""]));
      const draw = (focus = -1) => {
        box.replaceChildren();
        items.forEach((item, at) => {
          const fields = setting.item.map((part) => control(part, item[part.name], (entered, typing) => {
            item[part.name] = entered;
            change(structuredClone(items), typing);
          }, words, { bare: setting.item.length === 1, label: `${part.label} ${at + 1}` }));
          const act = (name, label, able, doing) => {
            const button = make("button", { type: "button", class: "icon-btn is-small", "aria-label": `${label}: ${at + 1}`, title: label, disabled: !able }, icon(name));
            button.addEventListener("click", doing);
            return button;
          };
          const move = (to) => {
            items.splice(to, 0, ...items.splice(at, 1));
            change(structuredClone(items));
            draw(to);
          };
          box.append(make("div", { class: "item-row" }, make("div", { class: "item-fields" }, ...fields),
            make("div", { class: "item-tools" }, act("arrow-up", words.up, at > 0, () => move(at - 1)), act("arrow-down", words.down, at < items.length - 1, () => move(at + 1)), act("trash", words.remove, true, () => {
              items.splice(at, 1);
              change(structuredClone(items));
              draw(Math.min(at, items.length - 1));
            }))));
        });
        const add = make("button", { type: "button", class: "btn btn-sm" }, icon("plus"), words.add);
        add.addEventListener("click", () => {
          items.push({ ...blank });
          change(structuredClone(items));
          draw(items.length - 1);
        });
        box.append(add);
        if (focus >= 0) box.querySelectorAll(".item-row")[focus]?.querySelector("input, select, textarea")?.focus();
      };
      draw();
      return box;
    },
  };
  // A number stays a number when it is chosen from a list of texts.
  const like = (before, chosen) => (typeof before === "number" ? Number(chosen) : chosen);
  const text = (tag, setting, value, change, attributes) => {
    const field = make(tag, { class: "form-control", ...attributes, "data-merge": true });
    field.value = value ?? "";
    field.addEventListener("input", () => change(field.value, true));
    const wrapper = make("div", { class: "merge-field" }, field);
    merge.dress(field);
    return wrapper;
  };

  const control = (setting, value, change, words, { bare = false, label = setting.label } = {}) => {
    const id = `control-${(ids += 1)}`;
    const made = makers[setting.control]({ ...setting, label }, value, change, id, words);
    const field = make("div", { class: "field", "data-setting": setting.name });
    if (bare) made.querySelector("input, textarea, select")?.setAttribute("aria-label", label);
    else if (setting.control === "switch") {
      // carries its own words
    } else if (["rich", "items"].includes(setting.control) || (setting.control === "choice" && setting.options.length <= 4)) field.append(make("span", { class: "form-label d-block", text: label }));
    else field.append(make("label", { class: "form-label", for: id, text: label }));
    field.append(made);
    if (setting.help) field.append(make("p", { class: "field-help", text: setting.help }));
    return field;
  };

  // form(settings, data, change, words): fields in their groups. `change(name, value, typing)`.
  const form = (settings, data, change, words, openGroups) => {
    const root = make("div", { class: "stack settings-form" });
    const groups = {};
    settings.forEach((setting) => {
      const field = control(setting, get(data, setting.name), (value, typing) => change(setting.name, value, typing), words);
      if (!setting.group) return root.append(field);
      if (!groups[setting.group]) {
        const inside = make("div", { class: "stack" });
        const details = make("details", { class: "settings-group", open: openGroups.has(setting.group) }, make("summary", {}, icon("chevron-right"), setting.group), inside);
        details.addEventListener("toggle", () => (details.open ? openGroups.add(setting.group) : openGroups.delete(setting.group)));
        groups[setting.group] = inside;
        root.append(details);
      }
      groups[setting.group].append(field);
    });
    return root;
  };
  window.relay.controls = { form, make, get, set };
})();
