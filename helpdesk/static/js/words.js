/* The words that scripts speak; the server puts them on <body> in the page's language. */
let table;

export function word(name, values = {}) {
  table ??= JSON.parse(document.body.dataset.words || "{}");
  return fill(table[name] ?? name, values);
}

export function fill(pattern, values) {
  return pattern.replace(/%\((\w+)\)[sd]/g, (_, key) => values[key] ?? "");
}
