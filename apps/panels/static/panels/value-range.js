// Which values a chart shows, of those it has: all, what the reader chose, or without outliers. No DOM.
import { isRange } from "./view-state.js";

export const CLIPPED = [0.01, 0.99];

// Returns {from, to, why, above, below}: the range of y; why: "chosen", "clipped" or "" for everything; how many of the drawn
// points are outside. shapes: as panelShapes gives them. chosen: [low, high], an open end null, or undefined.
export function valueRange(shapes, { log, chosen, clip }) {
  let { low, high } = shapes;
  let why = "";
  if (clip && low !== null) {
    [low, high] = quantiles(drawnValues(shapes), CLIPPED);
    why = "clipped";
  }
  let [from, to] = yRange(low, high, log);
  if (chosen) {
    const ends = [chosen[0] ?? from, chosen[1] ?? to];
    if (isRange(ends) && (!log || ends[0] > 0)) {
      [from, to] = ends;
      why = "chosen";
    }
  }
  const out = { from, to, why, above: 0, below: 0 };
  if (!why) return out;
  for (const value of drawnValues(shapes)) {
    if (value > to) out.above += 1;
    else if (value < from) out.below += 1;
  }
  return out;
}

// Of lines and dots, and of bands the extremes, which are points too.
function drawnValues({ lines, dots, bands }) {
  const values = dots.map((dot) => dot.y);
  for (const { y, start, end } of lines) for (let i = start; i < end; i += 1) values.push(y[i]);
  for (const { low, high, start, end, spread } of bands) {
    for (let i = start; i < end && !spread; i += 1) values.push(low[i], high[i]);
  }
  return values;
}

// Values at these shares of the sorted ones, between two by their distance.
export function quantiles(values, shares) {
  const sorted = Float64Array.from(values).sort();
  return shares.map((share) => {
    const place = share * (sorted.length - 1);
    const low = sorted[Math.floor(place)];
    return low + (sorted[Math.ceil(place)] - low) * (place % 1);
  });
}

// The y range with room around it: [from, to]. Values that are all equal get a range around them.
function yRange(low, high, log) {
  if (low === null) return log ? [0.1, 1] : [0, 1];
  if (log) {
    if (low === high) return [low / 2, high * 2];
    const room = (high / low) ** 0.04;
    return [low / room || low, Number.isFinite(high * room) ? high * room : high];
  }
  if (low === high) {
    const room = Math.abs(low) * 0.1 || 1;
    return [low - room, high + room];
  }
  const room = (high - low) * 0.05;
  if (!Number.isFinite(room)) return [low, high];
  return [low - room, high + room];
}
