// Colours of what runs have: words get the colours of runs' charts, numbers a ramp. And the legend that says so.
import { figure } from "../panels/numbers.js";
import { isLog, placeText, reach } from "./axes.js";

const WORDS = 10; // as many as there are colours; the less frequent ones share a muted one
const STOPS = 5;
const LEAST = 0.02; // of a scale, where numbers begin: below are runs without one
const SVG = "http://www.w3.org/2000/svg";

export function pageColours(element) {
  const style = getComputedStyle(element);
  const read = (name) => style.getPropertyValue(name).trim();
  return {
    runs: Array.from({ length: 10 }, (_, slot) => read(`--run-${slot}`)),
    ramp: Array.from({ length: STOPS }, (_, stop) => channels(read(`--ramp-${stop}`))),
    ink: read("--ink"), muted: read("--muted"), hairline: read("--line"), accent: read("--accent"), surface: read("--surface"),
  };
}

// colour(place) of a run by its place on an axis (null without a value); legend(): an element; names(): the same for pictures; the same
// colours as share(place) of a scale [[0..1, colour], …]. axis: as the API answers it; without one all are alike.
export function colouring(axis, page) {
  if (!axis) return { colour: () => page.accent, share: () => 0, scale: [[0, page.accent], [1, page.accent]], legend: () => null, names: () => [] };
  return axis.kind === "text" ? byWord(axis, page) : byNumber(axis, page);
}

function byWord(axis, page) {
  const counts = axis.words.map(() => 0);
  for (const place of axis.values) if (place !== null) counts[place] += 1;
  const chosen = counts.map((_, place) => place).sort((a, b) => counts[b] - counts[a] || a - b).slice(0, WORDS).sort((a, b) => a - b);
  const colours = new Map(chosen.map((place, slot) => [place, page.runs[slot]]));
  const rest = counts.length - chosen.length;
  const none = axis.values.filter((place) => place === null).length;
  const items = () => [
    ...chosen.map((place) => [colours.get(place), axis.words[place], counts[place]]),
    ...(rest > 0 ? [[page.muted, `${rest} others`, null]] : []),
    ...(none ? [[page.muted, "none", none]] : []),
  ];
  return {
    colour: (place) => colours.get(place) ?? page.muted,
    share: (place) => (colours.has(place) ? (chosen.indexOf(place) + 1.5) / (chosen.length + 1) : 0),
    scale: [page.muted, ...colours.values()].flatMap((colour, place, { length }) => [[place / length, colour], [(place + 1) / length, colour]]),
    legend: () => keyList(items(), axis.title),
    names: () => items().map(([colour, name]) => ({ name, colour, dash: [] })),
  };
}

function byNumber(axis, page) {
  const { low, high } = reach(axis.values) ?? { low: 0, high: 0 };
  const log = isLog("", axis);
  const along = (value) => (high === low ? 0.5 : log ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low));
  const none = axis.values.filter((value) => value === null).length;
  return {
    colour: (value) => (value === null ? page.muted : mixed(page.ramp, along(value))),
    share: (value) => (value === null ? 0 : LEAST + (1 - LEAST) * along(value)),
    scale: [[0, page.muted], [LEAST / 2, page.muted], ...page.ramp.map((one, stop) => [stop ? LEAST + ((1 - LEAST) * stop) / (STOPS - 1) : LEAST / 2, `rgb(${one.join(",")})`])],
    names: () => [0, 0.25, 0.5, 0.75, 1].map((share) => {
      const value = log ? low * (high / low) ** share : low + (high - low) * share;
      return { name: `${share ? "" : `${axis.title} `}${placeText(axis, value)}`, colour: mixed(page.ramp, share), dash: [] };
    }),
    legend: () => (none < axis.values.length ? rampKey(axis, low, high, log, none, page) : keyList([[page.muted, "none", none]], axis.title)),
  };
}

function channels(colour) {
  return colour.match(/[\d.]+/g).slice(0, 3).map(Number);
}

function mixed(ramp, share) {
  const at = Math.min(0.9999, Math.max(0, share)) * (ramp.length - 1);
  const below = Math.floor(at);
  const [one, other] = [ramp[below], ramp[below + 1]];
  return `rgb(${one.map((channel, place) => Math.round(channel + (other[place] - channel) * (at - below))).join(", ")})`;
}

// [colour, words, count or null], …
export function keyList(items, title) {
  const list = document.createElement("ul");
  list.className = "plot-key";
  list.setAttribute("aria-label", `Colours: ${title}`);
  for (const [colour, words, count] of items) {
    const item = document.createElement("li");
    const dot = shape("svg", { viewBox: "0 0 8 8" });
    dot.append(shape("circle", { cx: 4, cy: 4, r: 4, fill: colour, stroke: "none" }));
    const name = document.createElement("span");
    name.className = "truncate";
    name.textContent = words;
    name.title = words;
    item.append(dot, name);
    if (count !== null) item.append(Object.assign(document.createElement("small"), { textContent: count }));
    list.append(item);
  }
  return list;
}

function rampKey(axis, low, high, log, none, page) {
  const key = document.createElement("p");
  key.className = "plot-key";
  const ends = [low, high].map((value) => placeText(axis, value));
  if (axis.direction !== "unknown") ends[axis.direction === "min" ? 0 : 1] += " ★";
  const bar = shape("svg", { viewBox: "0 0 60 8", preserveAspectRatio: "none", class: "ramp" });
  for (let part = 0; part < 20; part += 1) bar.append(shape("rect", { x: part * 3, y: 0, width: 3.2, height: 8, fill: mixed(page.ramp, part / 19), stroke: "none" }));
  key.append(`${axis.title}${log ? " (log)" : ""} ${ends[0]} `, bar, ` ${ends[1]}${none ? ` · ${figure(none)} without` : ""}`);
  return key;
}

export function shape(name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, value);
  return element;
}
