/* Articles: what is typed into the editor is kept, and words are put where one writes. */
import { csrf } from "./net.js";
import { announce } from "./toast.js";
import { word } from "./words.js";

const PAUSE = 1200; // milliseconds without a key before what was typed is kept
let timer = 0;

async function keep(form) {
  const note = form.querySelector("[data-saved]");
  const { title, body, seen } = form.elements;
  try {
    const answer = await fetch(form.dataset.article, {
      method: "POST",
      headers: { "X-CSRFToken": csrf() },
      body: new URLSearchParams({ title: title.value, body: body.value, seen: seen.value }),
    });
    if (!answer.ok) throw new Error(String(answer.status));
    note.textContent = word("kept_for_you");
  } catch {
    note.textContent = word("offline");
  }
}

document.addEventListener("input", (event) => {
  const form = event.target.closest?.("form[data-article]");
  if (!form) return;
  form.querySelector("[data-saved]").textContent = "";
  clearTimeout(timer);
  timer = setTimeout(() => keep(form), PAUSE);
});

document.addEventListener("submit", (event) => {
  if (event.target.matches("form[data-article]")) clearTimeout(timer);
});

/* At the cursor, in a paragraph of its own where something stands there already. */
function insert(area, text) {
  const before = area.value.slice(0, area.selectionStart).replace(/\s+$/, "");
  const after = area.value.slice(area.selectionEnd).replace(/^\s+/, "");
  const lead = before ? `${before}\n\n` : "";
  area.value = `${lead}${text}\n${after ? `\n${after}` : ""}`;
  area.focus();
  area.selectionStart = area.selectionEnd = lead.length + text.length + 1;
  area.dispatchEvent(new Event("input", { bubbles: true }));
  announce(word("inserted"));
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-insert]");
  const area = button && document.querySelector(button.dataset.insertInto);
  if (!area) return;
  event.preventDefault();
  insert(area, button.dataset.insert);
  const menu = button.closest("details.menu");
  if (menu) menu.open = false;
});
