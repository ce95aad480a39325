/* What was refused goes on where it has to be mended, however far down the page that is. */
const FIELD = "input:not([type=hidden]), select, textarea";

function wrongField(root) {
  return root.querySelector('main [aria-invalid="true"]')
    ?? root.querySelector("main .field > .error:not([hidden])")?.parentElement.querySelector(FIELD);
}

function begin(root) {
  const field = wrongField(root);
  for (let fold = field?.closest("details:not([open])"); fold; fold = field.closest("details:not([open])")) fold.open = true;
  field?.scrollIntoView({ block: "center" });
  field?.focus({ preventScroll: true });
}

begin(document);
document.addEventListener("htmx:load", (event) => begin(event.target));
