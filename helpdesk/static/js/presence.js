/* Says that this ticket is in sight here, and shows who else has it before them. */
import { csrf } from "./net.js";

const EVERY = 15000; // milliseconds between two words to the server
let typed = false;

async function tell() {
  const place = document.getElementById("presence");
  if (!place || document.hidden) return;
  const typing = typed;
  typed = false;
  try {
    const answer = await fetch(place.dataset.presence, {
      method: "POST",
      headers: { "X-CSRFToken": csrf() },
      body: new URLSearchParams({ typing: typing ? "1" : "" }),
    });
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("presence");
    if (fresh.textContent !== place.textContent) {
      place.replaceChildren(...fresh.childNodes);
      place.hidden = fresh.hidden;
    }
  } catch {
    // the next word comes soon; whoever is offline sees that elsewhere
  }
}

document.addEventListener("input", ({ target }) => {
  if (target.id !== "compose-text") return;
  const first = !typed;
  typed = true;
  if (first) tell(); // colleagues should hear of the first key at once
});
document.addEventListener("visibilitychange", tell);
setInterval(tell, EVERY);
tell();
