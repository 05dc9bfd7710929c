// The first rows of what a panel reads, so that one sees which columns there are and what is in them.
import { stepText } from "../panels/numbers.js";

const FIRST = 50;
const DIGITS = 14; // beyond them a number is noise: 0.1 + 0.2

// Fills host with a table for each source of the server's answer; which of them are open stays.
export function showSources(host, { sources }) {
  const open = new Set([...host.querySelectorAll("details[open]")].map((one) => one.dataset.source));
  host.replaceChildren(...Object.entries(sources).map(([name, source], place) => {
    const details = document.createElement("details");
    details.dataset.source = name;
    details.open = open.size ? open.has(name) : place === 0;
    const summary = details.appendChild(document.createElement("summary"));
    summary.append(strong(name), ` ${said(source)}`);
    const scroll = details.appendChild(Object.assign(document.createElement("div"), { className: "scroll", tabIndex: 0 }));
    scroll.setAttribute("role", "region");
    scroll.setAttribute("aria-label", `First rows of ${name}`);
    scroll.append(table(source));
    return details;
  }));
}

function said({ rows, of, note }) {
  const first = Math.min(rows, FIRST);
  const words = [`${stepText(rows)} row${rows === 1 ? "" : "s"}${of > rows ? ` of ${stepText(of)} read` : ""}`];
  if (first < rows) words.push(`the first ${first} below`);
  if (note) words.push(note);
  return words.join(" · ");
}

function table({ columns, rows }) {
  const names = Object.keys(columns);
  const found = document.createElement("table");
  found.className = "rows";
  const head = found.createTHead().insertRow();
  for (const name of names) head.appendChild(Object.assign(document.createElement("th"), { scope: "col", textContent: name }));
  const body = found.createTBody();
  for (let at = 0; at < Math.min(rows, FIRST); at += 1) {
    const row = body.insertRow();
    for (const name of names) cell(row.insertCell(), columns[name][at], name);
  }
  return found;
}

function cell(place, value, name) {
  if (typeof value === "number") place.className = "number";
  place.textContent = value === null || value === undefined ? "–" : String(typeof value === "number" ? Number(value.toPrecision(DIGITS)) : value);
  if (name === "color" && typeof value === "string") {
    const swatch = Object.assign(document.createElement("i"), { className: "swatch" });
    swatch.style.background = value;
    place.prepend(swatch);
  }
}

function strong(text) {
  return Object.assign(document.createElement("strong"), { textContent: text });
}
