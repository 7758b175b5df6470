// Saving a draft as one writes: one request at a time, the newest state last, tried again when the connection is gone.
(() => {
  "use strict";
  const { $, csrf, toast } = window.relay;

  // saver({url, seen, words, status, body(), done(answer), refused(problems)}) → {soon(), now(), pending()}
  window.relay.saver = ({ url, seen, words, status, body, done, refused, wait = 400 }) => {
    let timer = 0;
    let under_way = null;
    let dirty = false;
    let failed = false;
    const root = status.closest("main");
    const say = (text, tone) => {
      status.textContent = text;
      status.className = `badge tone-${tone} editor-saved`;
    };
    // Answers whether everything that was written is kept.
    const send = async () => {
      clearTimeout(timer);
      if (!under_way) {
        dirty = failed = false;
        under_way = attempt().finally(() => {
          under_way = null;
          mark();
        });
        mark();
      }
      await under_way;
      // Written meanwhile: once more. What was refused waits for its author, what did not arrive for its turn.
      return dirty ? send() : !failed;
    };
    const attempt = async () => {
      let answer;
      try {
        answer = await fetch(url, {
          method: "POST",
          headers: { "Content-Type": "application/json", "X-CSRFToken": csrf() },
          body: JSON.stringify({ ...body(), seen }),
          keepalive: document.visibilityState === "hidden",
        });
      } catch {
        say(words.offline, "red");
        return again();
      }
      const said = await answer.json().catch(() => ({}));
      if (answer.ok && said.seen) {
        seen = said.seen;
        say(words.saved.replace("%s", said.saved_at), "azure");
        done(said);
      } else if (answer.status === 422) {
        failed = true;
        say(words.invalid.replace("%s", said.problems[0].words), "red");
        refused?.(said.problems);
      } else if (answer.status === 409) {
        failed = true;
        say(words.invalid.replace("%s", said.message), "red");
      } else {
        say(words.failed, "red");
        again();
      }
    };
    const again = () => {
      failed = true;
      timer = setTimeout(send, 5000);
    };
    const pending = () => dirty || failed || Boolean(under_way);
    const mark = () => (pending() ? (root.dataset.pending = "1") : delete root.dataset.pending);
    addEventListener("beforeunload", (event) => pending() && event.preventDefault());
    document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && dirty && send());
    // What shows or leaves the saved state waits for it.
    document.addEventListener("click", async (event) => {
      const link = event.target.closest?.("[data-after-save]");
      if (!link || !pending() || link.dataset.saved) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      if (!(await send())) return toast(status.textContent, "red");
      link.dataset.saved = "1";
      link.click();
      delete link.dataset.saved;
    }, true);
    document.addEventListener("submit", async (event) => {
      const form = event.target;
      if (!pending() || form.method === "dialog" || !form.closest(".editor-bar") || form.dataset.saved) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      if (!(await send())) return toast(status.textContent, "red");
      form.dataset.saved = "1";
      form.requestSubmit(event.submitter || undefined);
      delete form.dataset.saved;
    }, true);
    return {
      soon() {
        dirty = true;
        mark();
        clearTimeout(timer);
        timer = setTimeout(send, wait);
      },
      now: send,
      pending,
    };
  };

  // Put new HTML into the preview's frame without loading it again: it keeps its place, and images do not flicker.
  // In the dark or in the light: the server sends the rules for dark mode switched off.
  window.relay.darken = (frame, dark) => {
    const style = frame.contentDocument?.querySelector("style");
    if (!style) return;
    const wanted = dark ? style.textContent.replace("@media not all {", "@media all {") : style.textContent.replace("@media all {", "@media not all {");
    if (style.textContent !== wanted) style.textContent = wanted;
  };
  window.relay.paint = (frame, html, { dark = false, whole = false } = {}) => {
    const target = frame.contentDocument;
    if (!target?.body) return false;
    // Parsed in the frame's own document: ours would refuse the mail's styles.
    const next = target.createElement("html");
    next.innerHTML = html;
    const [head, body] = [$("head", next), $("body", next)];
    const style = dark ? $("style", head)?.textContent.replace("@media not all {", "@media all {") : $("style", head)?.textContent;
    const now = $("style", target.head);
    if (now && now.textContent !== style) now.textContent = style;
    const rows = (root) => [...root.querySelectorAll("tr[data-block]")];
    const [before, after] = [rows(target), rows(body)];
    const same = !whole && before.length === after.length && before.length && before.every((row, at) => row.dataset.block === after[at].dataset.block && row.parentElement.parentElement.className === after[at].parentElement.parentElement.className);
    ["style", "class"].forEach((name) => target.body.setAttribute(name, body.getAttribute(name) || ""));
    if (!same) target.body.replaceChildren(...body.childNodes);
    else {
      const [ground, nextGround] = [target.body.querySelector("table"), body.querySelector("table")];
      ["style", "bgcolor"].forEach((name) => ground.setAttribute(name, nextGround.getAttribute(name) || ""));
      before.forEach((row, at) => row.outerHTML !== after[at].outerHTML && row.replaceWith(after[at]));
    }
    return true;
  };
})();
