/* A wall refreshes itself for months: it says when it cannot, and takes over new versions. */
const LATE = 75_000; /* two rounds and a half */
const board = document.getElementById("main");
let refreshed = performance.now();
let failed = false;

function version() {
  return board.querySelector("[data-version]")?.dataset.version;
}

const first = version();

function draw() {
  const notice = board.querySelector("[data-stale]");
  if (notice) notice.hidden = !failed && performance.now() - refreshed < LATE;
}

board.addEventListener("htmx:afterSwap", () => {
  refreshed = performance.now();
  failed = false;
  if (version() !== first) location.reload();
});
for (const trouble of ["htmx:sendError", "htmx:responseError", "htmx:timeout"]) {
  board.addEventListener(trouble, () => { failed = true; draw(); });
}
setInterval(draw, 5000);
