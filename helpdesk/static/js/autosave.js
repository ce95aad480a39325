/* A long form is kept on the server as it is typed: each changed field, a moment after the last key. */
import { csrf } from "./net.js";
import { word } from "./words.js";

const PAUSE = 1200; // milliseconds without a key
const KEPT = ["text", "email", "tel", "date", "textarea", "select-one"];

function wire(form) {
  const changed = new Map();
  let timer = 0;
  const note = form.querySelector("[data-saved]");

  async function save() {
    const sent = new Map(changed);
    changed.clear();
    try {
      const answer = await fetch(form.dataset.autosave, {
        method: "POST",
        headers: { "X-CSRFToken": csrf() },
        body: new URLSearchParams([...sent]),
        keepalive: true,
      });
      if (!answer.ok) throw new Error(String(answer.status));
      if (note) note.textContent = word("saved");
    } catch {
      for (const [name, value] of sent) if (!changed.has(name)) changed.set(name, value);
    }
  }

  function rowOf(field) { // a row is one thing: its cells go together
    const table = field.closest("table.fill");
    return table ? [...table.querySelectorAll("input")] : [field];
  }

  form.addEventListener("input", ({ target }) => {
    if (!target.name || !KEPT.includes(target.type)) return;
    for (const field of rowOf(target)) changed.set(field.name, field.value);
    clearTimeout(timer);
    timer = setTimeout(save, PAUSE);
  });
  addEventListener("pagehide", () => changed.size && save());
  form.addEventListener("submit", () => { clearTimeout(timer); changed.clear(); });
}

document.querySelectorAll("form[data-autosave]").forEach(wire);
