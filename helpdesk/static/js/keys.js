/* One-letter keys. They rest while somebody types, until Escape leaves the field, and can be
   switched off in the list of keys. */
const OFF = "keys-off";
let leader = 0;

const rows = () => [...document.querySelectorAll("[data-rows] .item")];
const cursor = () => rows().findIndex((row) => row.classList.contains("cursor"));

function move(step) {
  const all = rows();
  if (!all.length) return;
  const from = cursor() >= 0 ? cursor() : all.findIndex((row) => row.hasAttribute("aria-current"));
  const to = Math.max(0, Math.min(all.length - 1, from + step));
  all.forEach((row, index) => row.classList.toggle("cursor", index === to));
  all[to].querySelector(".open").focus({ preventScroll: true });
  all[to].scrollIntoView({ block: "nearest" });
}

function focus(selector) {
  const node = document.querySelector(selector);
  if (!node) return false;
  if (node.type === "radio") node.click();
  const target = node.type === "radio" ? node.form.querySelector("textarea") : node;
  target.scrollIntoView({ block: "nearest" });
  target.focus();
  return true;
}

function press(selector) {
  const node = document.querySelector(selector);
  node?.click();
  return Boolean(node);
}

function help() {
  const dialog = document.getElementById("keys");
  if (!dialog) return;
  dialog.querySelector("[data-keys-switch]").checked = !localStorage.getItem(OFF);
  if (dialog.open) dialog.close(); else dialog.showModal();
}

const actions = {
  j: () => move(1),
  k: () => move(-1),
  x: () => press(".item.cursor .pick"),
  r: () => focus("#kind-reply"),
  n: () => focus("#kind-note"),
  a: () => focus("#f-property-assignee"),
  e: () => press("[data-key=resolve]"),
  c: () => press("[data-key=new]"),
  "/": () => focus("#find"),
  "?": help,
};

const FIELDS = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]";

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.target.closest("dialog")) return;
  if (event.target.closest(FIELDS)) {
    // a menu that is open closes first, and gives the focus back itself
    if (event.key === "Escape" && !event.target.closest("details.menu[open]")) event.target.blur();
    return;
  }
  if (localStorage.getItem(OFF) && event.key !== "?") return;
  if (leader && Date.now() - leader < 1500) {
    leader = 0;
    if (press(`[data-go="${CSS.escape(event.key)}"]`)) event.preventDefault();
    return;
  }
  if (event.key === "g") { leader = Date.now(); return; }
  const action = actions[event.key];
  if (action) { event.preventDefault(); action(); }
}

document.addEventListener("keydown", onKey);
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-show-keys]")) help();
  const close = event.target.closest("[data-close-dialog]");
  if (close) close.closest("dialog").close();
});
document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-keys-switch]")) return;
  if (event.target.checked) localStorage.removeItem(OFF); else localStorage.setItem(OFF, "1");
});
