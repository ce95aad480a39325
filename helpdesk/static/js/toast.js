/* Says things: in the live region for screen readers, as a toast for everybody. */
import { word } from "./words.js";

const icons = { success: "kept", warning: "alert", error: "error" };

export function announce(text) {
  const region = document.getElementById("announcer");
  if (!region) return;
  region.textContent = "";
  setTimeout(() => { region.textContent = text; }, 50);
}

export function toast(text, kind = "info") {
  const template = document.getElementById("toast-template");
  const shelf = document.querySelector(".toasts");
  if (!template || !shelf) return;
  const node = template.content.firstElementChild.cloneNode(true);
  node.classList.add(kind);
  node.querySelector("[data-text]").textContent = text;
  const use = node.querySelector("use");
  use.setAttribute("href", use.getAttribute("href").replace(/#.*/, `#${icons[kind] ?? "info"}`));
  shelf.append(node);
  if (kind !== "error") setTimeout(() => node.remove(), 8000);
}

document.addEventListener("click", (event) => {
  const close = event.target.closest("[data-close-toast]");
  if (close) close.closest(".notice").remove();
});

for (const node of document.querySelectorAll(".toasts .notice")) {
  announce(node.querySelector("[data-text]").textContent);
  if (!node.classList.contains("error")) setTimeout(() => node.remove(), 8000);
}

document.addEventListener("said", (event) => {
  for (const [kind, text] of event.detail.sentences) { toast(text, kind); announce(text); }
});

export function failed(status) {
  toast(word(status === 413 ? "too_large" : status ? "failed" : "offline"), "error");
}
