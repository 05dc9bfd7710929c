// The box beside the pointer: where it is and the value of every run there.
import { durationText } from "./durations.js";
import { figure, stepText, timeText } from "./numbers.js";
import { isMetric } from "./view-state.js";

const ROWS = 14;
const AWAY_PX = 16;
const NAMES = { nan: "NaN", inf: "+∞", "-inf": "−∞" };

export class Readout {
  constructor(host) {
    this.box = document.createElement("div");
    this.box.className = "readout";
    this.box.hidden = true;
    this.box.setAttribute("aria-hidden", "true");
    host.append(this.box);
  }

  hide() {
    this.box.hidden = true;
  }

  // points: from PanelChart.at, any order. near: {y, highlighted}. names(run) gives {name, slot}.
  show(event, x, axis, points, marks, highlighted, names) {
    const nearest = (best, point) => (best && Math.abs(best.x - x) <= Math.abs(point.x - x) ? best : point);
    const exact = points.find((point) => point.run === highlighted) ?? points.reduce(nearest, null);
    const where = exact ? exact.x : x;
    const head = document.createElement("p");
    head.className = "readout-head";
    head.textContent = placeText(axis, where);
    const sorted = [...points].sort((a, b) => b.y - a.y);
    const chosen = windowAround(sorted, highlighted);
    const list = document.createElement("ul");
    for (const point of chosen) list.append(row(point, where, axis, highlighted, names));
    const parts = [head, list];
    const hidden = sorted.length - chosen.length;
    if (hidden > 0) parts.push(line(`and ${hidden} more`));
    for (const [kind, n] of tally(marks)) parts.push(line(`${NAMES[kind]} × ${n}`));
    this.box.replaceChildren(...parts);
    this.box.hidden = false;
    const { innerWidth, innerHeight } = window;
    const { width, height } = this.box.getBoundingClientRect();
    const right = event.clientX + AWAY_PX + width > innerWidth;
    this.box.style.left = `${right ? Math.max(4, event.clientX - AWAY_PX - width) : event.clientX + AWAY_PX}px`;
    this.box.style.top = `${Math.max(4, Math.min(innerHeight - height - 4, event.clientY - height / 2))}px`;
  }
}

function placeText(axis, x) {
  if (axis === "time") return timeText(x);
  if (isMetric(axis)) return `${axis.slice(4)} ${figure(x)}`;
  return axis === "step" ? `step ${stepText(x)}` : `${durationText(x)} after the start`;
}

function windowAround(sorted, run) {
  if (sorted.length <= ROWS) return sorted;
  const place = sorted.findIndex((point) => point.run === run);
  const start = Math.max(0, Math.min(sorted.length - ROWS, place - ROWS / 2));
  return sorted.slice(start, start + ROWS);
}

function tally(marks) {
  const counts = new Map();
  for (const mark of marks) counts.set(mark.kind, (counts.get(mark.kind) ?? 0) + mark.n);
  return counts;
}

function line(text) {
  const p = document.createElement("p");
  p.className = "readout-more";
  p.textContent = text;
  return p;
}

function row(point, where, axis, highlighted, names) {
  const { name, slot } = names(point.run);
  const item = document.createElement("li");
  if (point.run === highlighted) item.className = "on";
  const value = document.createElement("b");
  value.textContent = figure(point.y);
  const label = document.createElement("span");
  label.className = "truncate";
  label.textContent = point.key ? `${name} · ${point.key}` : name;
  const extra = document.createElement("small");
  if (point.count !== undefined) extra.textContent = point.count > 1 ? `${spreadText(point)} · ${point.count} runs` : "1 run";
  else if (point.low !== undefined && point.high > point.low) extra.textContent = `${figure(point.low, 3)} … ${figure(point.high, 3)}`;
  else if (axis === "step" && point.x !== where) extra.textContent = `at ${stepText(point.x)}`;
  item.append(chip(point.nth ? (slot % 10) + 10 * (point.nth % 3) : slot), label, value, extra);
  return item;
}

function spreadText(point) {
  if (point.kind === "range") return `${figure(point.low, 3)} … ${figure(point.high, 3)}`;
  return `± ${figure(point[point.kind], 3)}`;
}

// A run's colour and dash as a short stroke; the server draws the same (panels/_chip.html).
export function chip(slot) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", `chip slot-${slot % 10} dash-${Math.floor(slot / 10) % 3}`);
  svg.setAttribute("viewBox", "0 0 18 8");
  svg.setAttribute("aria-hidden", "true");
  const stroke = document.createElementNS("http://www.w3.org/2000/svg", "path");
  stroke.setAttribute("d", "M1 4h16");
  svg.append(stroke);
  return svg;
}
