/* How long an answer is to its network, while it is typed; what counts is the server's word. */
import { word } from "./words.js";

const LINK = /https?:\/\/[!-~]*[A-Za-z0-9/_~=&#%+-]/gi;
const BARE = /(?<![@\w./-])(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+(?:com|cn|net|org|edu|gov|info|io|co|me|cc|tv|hk|tw)(?![a-z0-9-])(?:\/[!-~]*[A-Za-z0-9/_=&#-])?/gi;
const EMOJI = /[\u{1f1e6}-\u{1f1ff}]{2}|[0-9#*]\ufe0f?\u20e3|[\u{1f300}-\u{1faff}\u2600-\u27bf\u2b00-\u2bff\u2190-\u21ff\u2300-\u23ff][\u{1f3fb}-\u{1f3ff}]?\ufe0f?(?:\u200d[\u{1f300}-\u{1faff}\u2600-\u27bf\u2b00-\u2bff][\u{1f3fb}-\u{1f3ff}]?\ufe0f?)*/gu;
const LIGHT = [[0, 0x10ff], [0x2000, 0x200d], [0x2010, 0x201f], [0x2032, 0x2037]];

function weiboLength(text) {
  let halves = 0;
  for (const one of text) halves += one.codePointAt(0) <= 0xff ? 1 : one.length * 2;
  return Math.ceil(halves / 2);
}

function xLength(text) {
  let whole = 0;
  const rest = text.normalize("NFC")
    .replace(LINK, () => { whole += 23; return ""; })
    .replace(BARE, () => { whole += 23; return ""; })
    .replace(EMOJI, () => { whole += 2; return ""; });
  for (const one of rest) {
    const point = one.codePointAt(0);
    whole += LIGHT.some(([first, last]) => point >= first && point <= last) ? 1 : 2;
  }
  return whole;
}

function show(form) {
  const ways = form.querySelector("[data-posts]");
  if (!ways) return;
  const via = ways.querySelector("[name=via]:checked")?.value;
  const text = form.querySelector("textarea").value.trim();
  const onX = ways.dataset.network === "x";
  const limit = onX ? 280 : via === "private" ? 299 : 140;
  const count = onX ? xLength(text) : weiboLength(text);
  const note = ways.querySelector("[data-post-count]");
  const name = count > limit && via !== "private" ? "post_parts" : "post_length";
  note.textContent = !via || via === "mail" ? "" : word(name, { count, limit });
  note.classList.toggle("bad", count > limit && via === "private");
  note.classList.toggle("warn", count > limit && via !== "private");
}

for (const kind of ["input", "change"]) {
  document.addEventListener(kind, (event) => {
    const form = event.target.closest?.("form[data-compose]");
    if (form) show(form);
  });
}
for (const form of document.querySelectorAll("form[data-compose]")) show(form);
