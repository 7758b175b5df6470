// A small rich text field: bold, italic, underline, links, lists, and Liquid tags as chips. The server sanitises what
// it gives; here only what the buttons can make is kept when something is pasted.
(() => {
  "use strict";
  const { $, icon, merge } = window.relay;
  const LIQUID = /\{\{-?\s*([\w.]+).*?\}\}|\{%.*?%\}/gs;
  const KEPT = new Set(["P", "BR", "STRONG", "B", "EM", "I", "U", "S", "A", "UL", "OL", "LI", "SUB", "SUP", "CODE"]);
  const BLOCKS = new Set(["DIV", "SECTION", "ARTICLE", "H1", "H2", "H3", "H4", "H5", "H6", "BLOCKQUOTE", "PRE", "TR"]);

  const chip = (tag) => {
    const name = tag.match(/^\{\{-?\s*([\w.]+)/)?.[1];
    const element = document.createElement("span");
    element.className = "chip is-accent";
    element.contentEditable = "false";
    element.dataset.liquid = tag;
    element.title = tag;
    element.textContent = name ? merge.labels[name] || name : tag.replace(/[{}%]/g, "").trim();
    return element;
  };
  // Text nodes with Liquid become text and chips.
  const withChips = (root) => {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    const found = [];
    while (walker.nextNode()) if (LIQUID.test(walker.currentNode.data)) found.push(walker.currentNode);
    found.forEach((node) => {
      const parts = [];
      let at = 0;
      for (const match of node.data.matchAll(LIQUID)) {
        parts.push(document.createTextNode(node.data.slice(at, match.index)), chip(match[0]));
        at = match.index + match[0].length;
      }
      parts.push(document.createTextNode(node.data.slice(at)));
      node.replaceWith(...parts);
    });
    LIQUID.lastIndex = 0;
    return root;
  };
  const parse = (html) => {
    const body = new DOMParser().parseFromString(html, "text/html").body;
    const fragment = document.createDocumentFragment();
    fragment.append(...body.childNodes);
    return fragment;
  };
  const read = (editable) => {
    const copy = editable.cloneNode(true);
    copy.querySelectorAll("[data-liquid]").forEach((element) => element.replaceWith(element.dataset.liquid));
    // Browsers leave what the sanitiser would drop: a div is a paragraph here.
    copy.querySelectorAll("div").forEach((element) => {
      const p = document.createElement("p");
      p.append(...element.childNodes);
      element.replaceWith(p);
    });
    const html = copy.innerHTML.replace(/&nbsp;/g, " ").trim();
    return html === "<br>" || html === "<p><br></p>" ? "" : html;
  };
  const cleaned = (node) => {
    const out = document.createDocumentFragment();
    node.childNodes.forEach((child) => {
      if (child.nodeType === Node.TEXT_NODE) return out.append(child.data.replace(/\s+/g, " "));
      if (child.nodeType !== Node.ELEMENT_NODE || ["STYLE", "SCRIPT", "HEAD", "TITLE"].includes(child.tagName)) return;
      const inside = cleaned(child);
      if (KEPT.has(child.tagName) || BLOCKS.has(child.tagName)) {
        const element = document.createElement(KEPT.has(child.tagName) ? child.tagName : "P");
        if (child.tagName === "A" && /^(https?:|mailto:|tel:)/i.test(child.getAttribute("href") || "")) element.setAttribute("href", child.getAttribute("href"));
        element.append(inside);
        out.append(element);
      } else out.append(inside);
    });
    return out;
  };

  // make(html, label, words, changed): the field's element. `changed(html)` is called as one types.
  window.relay.rich = (html, label, words, changed) => {
    const box = document.createElement("div");
    box.className = "rich";
    const bar = document.createElement("div");
    bar.className = "rich-bar";
    bar.setAttribute("role", "toolbar");
    bar.setAttribute("aria-label", label);
    const editable = document.createElement("div");
    editable.className = "rich-text form-control";
    editable.contentEditable = "true";
    editable.setAttribute("role", "textbox");
    editable.setAttribute("aria-multiline", "true");
    editable.setAttribute("aria-label", label);
    editable.append(withChips(parse(html)));
    document.execCommand("defaultParagraphSeparator", false, "p");

    let kept = null; // where the cursor was when a button took the focus
    const remember = () => {
      const selection = getSelection();
      if (selection.rangeCount && editable.contains(selection.anchorNode)) kept = selection.getRangeAt(0).cloneRange();
    };
    const restore = () => {
      editable.focus();
      const selection = getSelection();
      selection.removeAllRanges();
      if (kept && editable.contains(kept.startContainer)) selection.addRange(kept);
      else {
        selection.selectAllChildren(editable);
        selection.collapseToEnd();
      }
    };
    const tell = () => changed(read(editable));
    const run = (command, value) => {
      restore();
      document.execCommand("styleWithCSS", false, false);
      document.execCommand(command, false, value);
      remember();
      tell();
      light();
    };
    const buttons = [];
    const light = () => buttons.forEach(([button, command]) => {
      let on = false;
      try {
        on = document.queryCommandState(command);
      } catch {
        // not every browser knows every command
      }
      button.setAttribute("aria-pressed", String(on));
    });
    const add = (name, title, act, command) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "icon-btn is-small";
      button.title = title;
      button.setAttribute("aria-label", title);
      button.append(icon(name));
      button.addEventListener("pointerdown", (event) => event.preventDefault()); // the cursor stays where it is
      button.addEventListener("click", act);
      bar.append(button);
      if (command) buttons.push([button, command]);
    };
    add("bold", words.bold, () => run("bold"), "bold");
    add("italic", words.italic, () => run("italic"), "italic");
    add("underline", words.underline, () => run("underline"), "underline");
    add("link", words.link, () => {
      remember();
      const anchor = getSelection().anchorNode?.parentElement?.closest("a");
      linkField.value = anchor && editable.contains(anchor) ? anchor.getAttribute("href") : "";
      linkRow.hidden = false;
      linkField.focus();
    });
    add("unlink", words.unlink, () => run("unlink"));
    add("list", words.bullets, () => run("insertUnorderedList"), "insertUnorderedList");
    add("list-numbers", words.numbers, () => run("insertOrderedList"), "insertOrderedList");
    const insertTag = (tag) => {
      restore();
      const selection = getSelection();
      const range = selection.getRangeAt(0);
      range.deleteContents();
      const element = chip(tag);
      range.insertNode(element);
      range.setStartAfter(element);
      range.collapse(true);
      selection.removeAllRanges();
      selection.addRange(range);
      remember();
      tell();
    };
    const mergeButton = merge.button(insertTag);
    mergeButton.classList.add("push");
    mergeButton.addEventListener("pointerdown", remember);
    bar.append(mergeButton);

    const linkRow = document.createElement("form");
    linkRow.className = "rich-link";
    linkRow.hidden = true;
    const linkField = document.createElement("input");
    linkField.className = "form-control form-control-sm";
    linkField.placeholder = "https://";
    linkField.setAttribute("aria-label", words.link_to);
    const linkDone = document.createElement("button");
    linkDone.className = "btn btn-sm";
    linkDone.textContent = words.link;
    linkRow.append(linkField, linkDone);
    linkRow.addEventListener("submit", (event) => {
      event.preventDefault();
      event.stopPropagation();
      linkRow.hidden = true;
      const typed = linkField.value.trim();
      if (!typed) return restore();
      const url = /^(https?:|mailto:|tel:|\{\{)/i.test(typed) ? typed : typed.includes("@") && !typed.includes("/") ? `mailto:${typed}` : `https://${typed}`;
      restore();
      if (getSelection().isCollapsed) document.execCommand("insertText", false, typed), extendBack(typed.length);
      document.execCommand("createLink", false, url);
      remember();
      tell();
    });
    linkRow.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      linkRow.hidden = true;
      restore();
    });
    const extendBack = (length) => {
      const selection = getSelection();
      for (let n = 0; n < length; n += 1) selection.modify("extend", "backward", "character");
    };

    editable.addEventListener("input", () => {
      remember();
      tell();
    });
    editable.addEventListener("keyup", () => (remember(), light()));
    editable.addEventListener("mouseup", () => (remember(), light()));
    editable.addEventListener("blur", remember);
    editable.addEventListener("paste", (event) => {
      event.preventDefault();
      const html = event.clipboardData.getData("text/html");
      const text = event.clipboardData.getData("text/plain");
      if (html) {
        const holder = document.createElement("div");
        holder.append(cleaned(new DOMParser().parseFromString(html, "text/html").body));
        document.execCommand("insertHTML", false, holder.innerHTML);
      } else document.execCommand("insertText", false, text);
      tell();
    });
    box.append(bar, linkRow, editable);
    return box;
  };
})();
