/* Promises count down in service time, by the opening hours that the server put on <body>. */
import { fill } from "./words.js";

const facts = JSON.parse(document.body.dataset.clock || "null");
const loaded = performance.now();

/* The server's clock, not the visitor's: theirs may be wrong. */
export function now() {
  return facts.now + (performance.now() - loaded) / 1000;
}

/* Service seconds between two instants, as far as the facts reach. */
export function served(from, to) {
  let sum = 0;
  for (const [start, end, open] of facts.segments) {
    if (open) sum += Math.max(0, Math.min(end, to) - Math.max(start, from));
  }
  return sum;
}

export function span(seconds) {
  const minutes = Math.floor(seconds / 60);
  if (minutes < 1) return facts.words.under;
  const h = Math.floor(minutes / 60);
  const m = minutes % 60;
  if (!h) return fill(facts.words.m, { m });
  if (!m) return fill(facts.words.h, { h });
  return fill(facts.words.hm, { h, m: String(m).padStart(2, "0") });
}

function segment(at) {
  return facts.segments.find(([start, end]) => start <= at && at < end);
}

function hour(at) {
  return new Date((at + facts.offset) * 1000).toISOString().slice(11, 16);
}

function setText(node, text) {
  if (node && node.textContent !== text) node.textContent = text;
}

function drawPromise(node, at) {
  const { at: since, left: then, warn, due } = node.dataset;
  const left = Number(then) - served(Number(since), at);
  const here = segment(at);
  const tone = left < 0 ? "broken" : left <= Number(warn) ? "risk" : "calm";
  if (!node.classList.contains(tone)) {
    node.classList.remove("calm", "risk", "broken");
    node.classList.add(tone);
    const use = node.querySelector("use");
    if (use) use.setAttribute("href", node.dataset.icons + "#" + { calm: "clock", risk: "clock-risk", broken: "alert" }[tone]);
  }
  setText(node.querySelector("[data-left]"), fill(facts.words[left < 0 ? "over" : "left"], { span: span(Math.abs(left)) }));
  const resting = left >= 0 && here && !here[2] && !node.classList.contains("brief");
  setText(node.querySelector("[data-detail]"), resting ? here[3] : due);
}

function drawHours(at) {
  const here = segment(at);
  const node = document.querySelector("[data-hours]");
  if (!node || !here) return;
  const day = facts.days.findLast(([midnight]) => midnight <= at);
  const moment = `${day[1]} ${hour(at)}`;
  node.classList.toggle("open", here[2]);
  setText(node.querySelector("[data-now]"), here[2] ? fill(facts.words.open, { moment }) : moment);
  setText(node.querySelector("[data-next]"), " · " + here[3]);
}

function draw() {
  const at = now();
  drawHours(at);
  for (const node of document.querySelectorAll("[data-countdown]")) drawPromise(node, at);
}

if (facts) {
  setInterval(draw, 5000);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) draw(); });
}
