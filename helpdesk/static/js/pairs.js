/* One empty pair of times is always there: writing into the last one adds another. */
document.addEventListener("input", (event) => {
  const pair = event.target.closest("[data-pair]");
  if (!pair || pair.nextElementSibling || !event.target.value) return;
  const next = pair.cloneNode(true);
  for (const field of next.querySelectorAll("input")) { field.value = ""; field.removeAttribute("value"); }
  pair.after(next);
});
