/* Nothing typed is lost: drafts go to the server, and stay in the browser while it cannot be reached. */
import { csrf } from "./net.js";
import { fileSize } from "./files.js";
import { announce } from "./toast.js";
import { word } from "./words.js";

const PAUSE = 1200; // milliseconds without a key before a draft is saved
const timers = new WeakMap();
/* A reply and a note are two texts: what was meant for colleagues never slips into a mail. */
const texts = new WeakMap();
const kindOf = (form) => form.querySelector("[name=kind]:checked")?.value ?? "reply";
const key = (form, kind = kindOf(form)) => `draft:${form.dataset.draft}:${kind}`;

function tell(form, text) {
  const node = form.querySelector("[data-saved]");
  if (node) node.textContent = text;
}

function status(form, name) {
  const area = form.querySelector("textarea");
  const limit = Number(area.dataset.limit || 0);
  const count = limit ? `${[...area.value].length}/${limit}` : "";
  tell(form, [name ? word(name) : "", count].filter(Boolean).join(" · "));
}

async function save(form, kind = kindOf(form)) {
  const shown = kindOf(form) === kind;
  const text = shown ? form.querySelector("textarea").value : texts.get(form)?.[kind] ?? "";
  const name = key(form, kind);
  localStorage.setItem(name, text);
  if (!form.dataset.draft) return;
  try {
    const answer = await fetch(form.dataset.draft, {
      method: "POST",
      headers: { "X-CSRFToken": csrf() },
      body: new URLSearchParams({ kind, text }),
    });
    if (!answer.ok) throw new Error(String(answer.status));
    localStorage.removeItem(name);
    status(form, "saved");
  } catch {
    status(form, "saved_here");
  }
}

function restore(form) {
  const { draft, justSent } = form.dataset;
  if (justSent) localStorage.removeItem(`draft:${draft}:${justSent}`);
  const area = form.querySelector("textarea");
  const kept = localStorage.getItem(key(form));
  if (kept && !area.value.trim()) {
    area.value = kept;
    status(form, "restored");
  } else {
    status(form, "");
  }
}

function begin(form) {
  texts.set(form, { shown: kindOf(form), ...JSON.parse(form.dataset.drafts || "{}") });
  restore(form);
}

function swapText(form) {
  const area = form.querySelector("textarea");
  const kept = texts.get(form);
  const kind = kindOf(form);
  if (!kept || kept.shown === kind) return;
  kept[kept.shown] = area.value;
  area.value = kept[kind] ?? "";
  kept.shown = kind;
  restore(form);
}

function removal(input, index, name) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "×";
  button.title = word("remove_file", { name });
  button.setAttribute("aria-label", button.title);
  button.addEventListener("click", () => {
    const rest = new DataTransfer();
    [...input.files].forEach((file, at) => { if (at !== index) rest.items.add(file); });
    input.files = rest.files;
    listFiles(input);
    (input.form.querySelector("[data-files] button") ?? input).focus();
  });
  return button;
}

function listFiles(input) {
  const list = input.form.querySelector("[data-files]");
  const most = Number(input.dataset.maxBytes || Infinity);
  const files = [...input.files];
  const total = files.reduce((sum, file) => sum + file.size, 0);
  list.replaceChildren(...files.map((file, index) => {
    const item = document.createElement("span");
    item.className = file.size > most ? "tag broken" : "tag";
    const name = document.createElement("span");
    name.textContent = `${file.name} · ${fileSize(file.size)}`;
    item.append(name, removal(input, index, file.name));
    return item;
  }));
  const sentence = total > most ? word("files_too_large", { size: fileSize(total), limit: fileSize(most) }) : "";
  input.setCustomValidity(sentence);
  const error = input.form.querySelector("[data-files-error]");
  error.hidden = !sentence;
  error.querySelector("[data-text]").textContent = sentence;
  if (sentence) announce(sentence);
}

document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-compose]");
  if (!form || event.target.tagName !== "TEXTAREA") return;
  status(form, "");
  clearTimeout(timers.get(form));
  const kind = kindOf(form);
  timers.set(form, setTimeout(() => save(form, kind), PAUSE));
});

document.addEventListener("change", (event) => {
  if (event.target.matches("input[type=file][data-max-bytes]")) listFiles(event.target);
  if (event.target.matches("form[data-compose] [name=kind]")) {
    swapText(event.target.form);
  }
});

document.addEventListener("keydown", (event) => {
  const form = event.target.closest?.("form[data-compose]");
  if (form && event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    form.requestSubmit(form.querySelector("[data-main-send]:not([hidden])") ?? undefined);
  }
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("form[data-compose]")) return;
  clearTimeout(timers.get(form));
  // Kept until the server says that it was sent: the network may fail on the way.
  localStorage.setItem(key(form), form.querySelector("textarea").value);
});

for (const form of document.querySelectorAll("form[data-compose]")) begin(form);
document.addEventListener("htmx:load", (event) => {
  for (const form of event.target.querySelectorAll?.("form[data-compose]") ?? []) begin(form);
});
