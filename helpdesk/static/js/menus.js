/* Comfort for what already works without a script: menus close, forms send themselves. */
import { announce, toast } from "./toast.js";
import { word } from "./words.js";

function closeMenus(except) {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (menu !== except) menu.open = false;
  }
}

document.addEventListener("click", (event) => {
  closeMenus(event.target.closest("details.menu"));
});

document.addEventListener("keydown", (event) => {
  // Enter in a search that already answers while one types sends nothing.
  if (event.key === "Enter" && event.target.matches("form[method=post] input[type=search]")) event.preventDefault();
  if (event.key !== "Escape") return;
  const open = document.querySelector("details.menu[open]");
  if (open) {
    open.open = false;
    open.querySelector("summary").focus();
  } else if (location.hash === "#menu") {
    location.hash = "#";
  }
});

document.addEventListener("change", (event) => {
  const field = event.target;
  if (field.matches("[data-send-on-change]")) field.form.requestSubmit();
  if (field.matches("[data-pick-all]")) {
    for (const box of field.form.querySelectorAll(".pick")) box.checked = field.checked;
  }
  if (field.matches(".pick, [data-pick-all]")) {
    const count = field.form.querySelectorAll(".pick:checked").length;
    const output = field.form.querySelector("[data-picked]");
    if (output) output.textContent = count;
  }
});

// what was picked stays picked where nothing was chosen to be done with it
document.addEventListener("submit", (event) => {
  if (event.submitter?.hasAttribute("formaction")) return; // merging asks on a page of its own
  const chosen = [...event.target.querySelectorAll(".bulk select")];
  if (!chosen.length || chosen.some((field) => field.value)) return;
  event.preventDefault();
  toast(word("no_change"), "warning");
  announce(word("no_change"));
  chosen[0].focus();
});
