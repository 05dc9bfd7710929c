// One line of the console as an element. Texts are only ever text: nothing a program prints can become markup.
import { parts } from "./ansi.js";
import { grouped } from "./grouping.js";

const COLOURS = 16;

// line: as the API answers it. marks: (text) → [[begin, end]] of what to highlight, in the text without codes.
export function row(line, { times, started, marks }) {
  const element = document.createElement("div");
  element.className = `console-line ${line.stream}`;
  element.append(number(line));
  if (times !== "off") element.append(clock(line.time, times, started));
  const stream = part("span", "s", line.stream === "stderr" ? "err" : "");
  if (line.stream === "stderr") stream.title = "stderr";
  const words = text(line.text, marks);
  if (line.more) {
    const more = part("button", "more", ` … ${grouped(line.more)} more characters`);
    more.type = "button";
    more.dataset.whole = line.n;
    words.append(more);
  }
  element.append(stream, words);
  return element;
}

// The place of a line that has not arrived yet.
export function gap(n) {
  const element = document.createElement("div");
  element.className = "console-line gap";
  element.append(part("span", "n", String(n)), part("span", "t", " "));
  return element;
}

function number(line) {
  if (line.n === null) {
    const open = part("span", "n", "…");
    open.title = "still being written";
    return open;
  }
  const link = part("a", "n", String(line.n));
  link.href = `#L${line.n}`;
  return link;
}

function clock(ms, times, started) {
  const element = part("time", "c", times === "since" ? since(Number(ms) - started) : timeOfDay(Number(ms)));
  const moment = new Date(Number(ms));
  if (!Number.isNaN(moment.getTime())) {
    element.dateTime = moment.toISOString();
    element.title = moment.toLocaleString();
  }
  return element;
}

export function timeOfDay(ms) {
  const moment = new Date(ms);
  if (Number.isNaN(moment.getTime())) return "–";
  return [moment.getHours(), moment.getMinutes(), moment.getSeconds()].map((one) => String(one).padStart(2, "0")).join(":");
}

export function since(ms) {
  if (!Number.isFinite(ms)) return "–";
  const tenths = Math.floor(Math.abs(ms) / 100);
  const pad = (one) => String(one).padStart(2, "0");
  const hours = Math.floor(tenths / 36000);
  return `${ms < 0 ? "−" : "+"}${hours ? `${hours}:${pad(Math.floor(tenths / 600) % 60)}` : Math.floor(tenths / 600) % 60}:${pad(Math.floor(tenths / 10) % 60)}.${tenths % 10}`;
}

function text(line, marks) {
  const element = part("span", "t", "");
  const found = parts(line);
  const ranges = marks ? marks(found.map((one) => one.text).join("")) : [];
  let at = 0;
  for (const { text: piece, look } of found) {
    const holder = styled(look);
    for (const [words, marked] of cut(piece, at, ranges)) holder.append(marked ? part("mark", "", words) : words);
    element.append(holder);
    at += piece.length;
  }
  return element;
}

// The pieces of a text that begins at `at` of its line: [words, whether they lie in one of the ranges].
function cut(piece, at, ranges) {
  const pieces = [];
  let from = 0;
  for (const [begin, end] of ranges) {
    const left = Math.min(Math.max(begin - at, from), piece.length);
    const right = Math.min(Math.max(end - at, from), piece.length);
    if (left > from) pieces.push([piece.slice(from, left), false]);
    if (right > left) pieces.push([piece.slice(left, right), true]);
    from = Math.max(from, right);
  }
  if (from < piece.length) pieces.push([piece.slice(from), false]);
  return pieces;
}

function styled(look) {
  const { ink, ground } = look.inverse ? { ink: look.ground, ground: look.ink } : look;
  const names = ["bold", "dim", "italic", "underline", "strike"].filter((name) => look[name]).map((name) => `ansi-${name}`);
  const span = document.createElement("span");
  if (look.inverse && ink === null) names.push("ansi-inverse-ink");
  if (look.inverse && ground === null) names.push("ansi-inverse-ground");
  colour(span, names, ink, "ink");
  colour(span, names, ground, "ground");
  span.className = names.join(" ");
  return span;
}

// A colour of the terminal is a class; any other a custom property that the style sheet keeps readable.
function colour(span, names, value, what) {
  if (value === null) return;
  if (Number.isInteger(value) && value < COLOURS) names.push(`ansi-${what}-${value}`);
  else {
    names.push(`ansi-${what}-own`);
    span.style.setProperty(`--ansi-${what}`, value);
  }
}

function part(tag, name, words) {
  const element = document.createElement(tag);
  if (name) element.className = name;
  element.textContent = words;
  return element;
}
