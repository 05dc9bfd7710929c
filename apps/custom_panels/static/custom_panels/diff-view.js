// Two texts, and what differs between them, as a table of lines.
import { folded, lineDiff } from "./line-diff.js";

const KINDS = { "-": ["gone", "−"], "+": ["new", "+"], " ": ["same", ""] };

// Returns the element. before, after: texts; whole: with the lines that are alike.
export function diffView(before, after, { whole = false } = {}) {
  const lines = lineDiff(before, after);
  const table = document.createElement("table");
  table.className = "diff-lines";
  if (lines.every(([kind]) => kind === " ")) {
    table.createCaption().textContent = "They are alike.";
    if (!whole) return table;
  }
  const body = table.createTBody();
  for (const [kind, text, old, fresh] of whole ? lines : folded(lines)) {
    const row = body.insertRow();
    if (kind === "…") {
      row.className = "left-out";
      row.insertCell().colSpan = 4;
      row.cells[0].textContent = `${text} line${text === 1 ? "" : "s"} alike`;
      continue;
    }
    const [name, sign] = KINDS[kind];
    row.className = name;
    for (const number of [old, fresh]) row.insertCell().textContent = number ?? "";
    row.insertCell().textContent = sign;
    row.insertCell().textContent = text;
  }
  return table;
}
