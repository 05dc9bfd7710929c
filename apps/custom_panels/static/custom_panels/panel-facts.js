// What is said of a drawn panel: of how many runs and rows it is. No DOM.
import { stepText } from "../panels/numbers.js";

// answer: of the server; ms: how long drawing took, null to keep it out.
export function factsOf({ sources, runs }, ms = null) {
  const words = [];
  if (runs) words.push(`${stepText(runs.shown)} of ${stepText(runs.of)} runs`);
  const tables = Object.values(sources);
  const [rows, of] = ["rows", "of"].map((name) => tables.reduce((sum, one) => sum + one[name], 0));
  if (tables.length) words.push(`${stepText(rows)} row${rows === 1 ? "" : "s"}${rows < of ? ` of ${stepText(of)} read` : ""}`);
  if (ms !== null) words.push(`${Math.max(1, Math.round(ms))} ms`);
  return words.join(" · ");
}

// What the server adds to single sources: what it left out, and why.
export function notesOf({ sources }) {
  return Object.entries(sources).filter(([, { note }]) => note).map(([name, { note }]) => `${name}: ${note}`);
}

// Columns of every source, as the frame takes them.
export function columnsOf({ sources }) {
  return Object.fromEntries(Object.entries(sources).map(([name, { columns }]) => [name, columns]));
}
