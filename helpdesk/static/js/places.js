/* Keeps one's place: the list stays where it was, the talk opens at its end, the part of a record
   that one is in stands in sight, the list renews itself. */
const EVERY = 30000; // milliseconds between looks at what is new

function scroller() {
  return document.querySelector("#list .scroll");
}

function keepPlace() {
  const list = scroller();
  if (!list) return;
  const key = `scroll:${list.getAttribute("action")}`;
  list.scrollTop = Number(sessionStorage.getItem(key) || 0);
  list.querySelector(".item[aria-current]")?.scrollIntoView({ block: "nearest" });
  list.addEventListener("scroll", () => sessionStorage.setItem(key, list.scrollTop), { passive: true });
}

function busy(list) {
  return document.hidden || list.querySelector(".pick:checked, details[open], .item.cursor");
}

function renew() {
  const list = document.querySelector("#list[data-live]");
  if (!list || busy(list)) return;
  window.htmx?.ajax("GET", list.dataset.live, { target: "#list", swap: "outerHTML" });
}

// on a narrow screen the parts of a record, the steps of a form and the places of the public pages
// stand in one line that is longer than the screen
const LINES = ".subnav, .steps ol, .public-top nav, .views-narrow";
function showWhereOneIs() {
  for (const line of document.querySelectorAll(LINES)) {
    const here = line.querySelector("[aria-current]")?.getBoundingClientRect();
    const there = line.getBoundingClientRect();
    if (here) line.scrollLeft += here.left - there.left - (there.width - here.width) / 2;
  }
}

const talk = document.getElementById("talk");
if (talk && !location.hash && !new URLSearchParams(location.search).has("before")) {
  talk.scrollTop = talk.scrollHeight;
}
// a ticket leads back to the list that it was opened from: a search, a figure, a page further down
if (!talk && document.querySelector("[data-rows]")) sessionStorage.setItem("list", location.pathname + location.search);
document.addEventListener("click", (event) => {
  const list = sessionStorage.getItem("list");
  if (!list || event.ctrlKey || event.metaKey || event.shiftKey || !event.target.closest("#ticket-heading .back")) return;
  event.preventDefault();
  location.assign(list);
});
let reading = 0;
document.addEventListener("htmx:oobBeforeSwap", ({ detail }) => { if (detail.target.id === "talk") reading = detail.target.scrollTop; });
document.addEventListener("htmx:oobAfterSwap", ({ detail }) => { if (detail.target.id === "talk") document.getElementById("talk").scrollTop = reading; });
keepPlace();
showWhereOneIs();
document.addEventListener("htmx:afterSwap", keepPlace);
document.addEventListener("htmx:afterSwap", showWhereOneIs); // the list brings its views along
document.addEventListener("said", renew); // what was done may have changed a row
setInterval(renew, EVERY);
