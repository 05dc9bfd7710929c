// Durations in ms: as people read them, where an axis has its ticks, and the half-lives a slider offers. No DOM.
import { stepText } from "./numbers.js";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const UNITS = [[DAY, "d"], [HOUR, "h"], [MINUTE, "min"], [SECOND, "s"]];
const TICKS = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, SECOND, 2 * SECOND, 5 * SECOND, 10 * SECOND, 30 * SECOND, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE,
  30 * MINUTE, HOUR, 2 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 5 * DAY, 10 * DAY, 20 * DAY, 50 * DAY, 100 * DAY, 1000 * DAY,
];
const TICK_PX = 80;
const TIMES = [SECOND, 2 * SECOND, 5 * SECOND, 10 * SECOND, 30 * SECOND, MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 6 * HOUR, 12 * HOUR, DAY];
const STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 2e5, 5e5, 1e6];

// 950 ms, 12.5 s, 3 min 20 s, 2 h 5 min.
export function durationText(ms) {
  const size = Math.abs(ms);
  const sign = ms < 0 ? "−" : "";
  const place = UNITS.findIndex(([unit]) => size >= unit);
  if (place < 0) return `${sign}${Math.round(size)} ms`;
  const [unit, name] = UNITS[place];
  if (unit === SECOND) return `${sign}${Number((size / unit).toPrecision(3))} s`;
  const [smaller, smallerName] = UNITS[place + 1];
  let whole = Math.floor(size / unit);
  let rest = Math.round((size - whole * unit) / smaller);
  if (rest * smaller === unit) [whole, rest] = [whole + 1, 0];
  return `${sign}${whole} ${name}${rest ? ` ${rest} ${smallerName}` : ""}`;
}

// Where an axis of so many pixels has ticks: whole units, from `from` to `to`.
export function durationTicks(from, to, pixels) {
  const room = ((to - from) / Math.max(1, pixels)) * TICK_PX;
  const step = TICKS.find((one) => one >= room) ?? Math.ceil(room / DAY) * DAY;
  const ticks = [];
  for (let at = Math.ceil(from / step) * step; at <= to && ticks.length < 40; at += step) ticks.push(at);
  return ticks;
}

// The half-lives to choose from along x, the first one off; none much wider than what there is to see.
export function halfLives(x, extent = Infinity) {
  const all = x === "step" ? STEPS : TIMES;
  return [0, ...all.filter((one, place) => one <= extent || place < 3)];
}

export function halfLifeText(x, value) {
  if (!value) return "off";
  return x === "step" ? `${stepText(value)} ${value === 1 ? "step" : "steps"}` : durationText(value);
}
