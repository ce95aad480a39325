/* A long form survives a reload: what was typed stays in this tab until the form is sent. */
const SENT = "kept:sent";
const form = document.querySelector("form[data-keep]");
const key = form && `kept:${form.dataset.keep}`;
const kept = (field) => field.name && !["hidden", "file", "submit"].includes(field.type);

function save() {
  const fields = [...form.elements].filter(kept);
  const values = fields.map(({ name, type, value, checked }) => [name, type, value, checked]);
  sessionStorage.setItem(key, JSON.stringify(values));
}

function restore() {
  for (const [name, type, value, checked] of JSON.parse(sessionStorage.getItem(key) || "[]")) {
    for (const field of form.querySelectorAll(`[name="${CSS.escape(name)}"]`)) {
      if (type === "radio" || type === "checkbox") {
        if (field.value === value) field.checked = checked;
      } else if (field.type === type) {
        field.value = value;
      }
    }
  }
}

if (form) {
  if ("fresh" in form.dataset) restore();
  form.addEventListener("input", save);
  form.addEventListener("submit", () => sessionStorage.setItem(SENT, key));
} else if (sessionStorage.getItem(SENT)) { // the page after a form that was taken
  sessionStorage.removeItem(sessionStorage.getItem(SENT));
}
sessionStorage.removeItem(SENT);
