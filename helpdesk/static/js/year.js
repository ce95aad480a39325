/* The arrow keys walk the days of a year, which is then one stop of the Tab key. Where the
   next day lies the dates know, not the page: weeks run on across the months. */
const year = document.querySelector("[data-year]");
const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 };
const months = { PageUp: -1, PageDown: 1 };

function link(date) { return year.querySelector(`[data-day="${date.toISOString().slice(0, 10)}"]`); }

function target(key, from) {
  const date = new Date(`${from.dataset.day}T00:00:00Z`);
  const day = date.getUTCDate();
  if (key in steps) date.setUTCDate(day + steps[key]);
  else if (key === "Home") date.setUTCDate(1);
  else if (key === "End") date.setUTCMonth(date.getUTCMonth() + 1, 0);
  else if (key in months) {
    date.setUTCDate(1);
    date.setUTCMonth(date.getUTCMonth() + months[key] + 1, 0);
    date.setUTCDate(Math.min(day, date.getUTCDate()));
  } else return null;
  return link(date);
}

if (year) {
  const days = year.querySelectorAll("[data-day]");
  const stop = year.querySelector(".chosen a, .today a") || days[0];
  for (const day of days) day.tabIndex = day === stop ? 0 : -1;
  year.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const from = event.target.closest("[data-day]");
    const to = from && target(event.key, from);
    if (!to) return;
    event.preventDefault();
    from.tabIndex = -1;
    to.tabIndex = 0;
    to.focus();
  });
}
