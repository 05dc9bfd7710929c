// Axes of plots: from where to where, ticks and their words, and the way between pixels and places. No DOM.
import { durationText, durationTicks } from "../panels/durations.js";
import { figure } from "../panels/numbers.js";

const ROOM = 0.04; // of the range, at either end
const MAGNITUDES = 100;

// A name within other words: marks in it that turn the direction of writing end with it.
export function isolated(text) {
  return `\u2068${text}\u2069`;
}

// Whether an axis is logarithmic: as it was said, else where its numbers are all positive, of several magnitudes, and their middle is
// nearer to the middle of a logarithmic axis.
export function isLog(said, axis) {
  if (axis.kind !== "number") return false;
  if (said) return said === "1";
  const range = reach(axis.values);
  if (range === null || !(range.low > 0) || range.high / range.low < MAGNITUDES) return false;
  const sorted = Float64Array.from(axis.values.filter((value) => value !== null)).sort();
  const middle = sorted[Math.floor(sorted.length / 2)];
  const across = (log) => Math.abs(toPixel({ from: range.low, to: range.high, log }, middle, 1) - 0.5);
  return across(true) < across(false);
}

// {low, high} of values, null left out; null without one.
export function reach(values) {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (value === null) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low > high ? null : { low, high };
}

// What a place on an axis is called. axis: as the API answers it.
export function placeText(axis, place) {
  if (place === null || place === undefined) return "–";
  if (axis.kind === "text") return axis.words[place];
  if (axis.kind === "time") return new Date(place * 1000).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
  return axis.kind === "took" ? durationText(place * 1000) : figure(place);
}

// {from, to, log} around the values (null left out); null without one.
export function extent(axis, values, log) {
  const found = reach(values);
  if (!found) return null;
  const { low, high } = found;
  if (axis.kind === "text") return { from: -0.6, to: Math.max(high, 0) + 0.6, log: false };
  if (log) {
    const room = (high / low) ** ROOM > 1.02 ? (high / low) ** ROOM : 1.1;
    return { from: low / room, to: Math.min(high * room, Number.MAX_VALUE), log: true };
  }
  const room = (high / 2 - low / 2) * 2 * ROOM || Math.abs(high) * 0.1 || 1;
  return { from: Math.max(low - room, -Number.MAX_VALUE), to: Math.min(high + room, Number.MAX_VALUE), log: false };
}

export function toPixel({ from, to, log }, value, pixels) {
  return (log ? Math.log(value / from) / Math.log(to / from) : (value - from) / (to - from)) * pixels;
}

export function fromPixel({ from, to, log }, pixel, pixels) {
  const share = Math.min(1, Math.max(0, pixel / pixels));
  return log ? from * (to / from) ** share : from + share * (to - from);
}

// How far apart two neighbouring pixels are at a value.
export function pixelStep({ from, to, log }, value, pixels) {
  return log ? value * ((to / from) ** (1 / pixels) - 1) : (to - from) / pixels;
}

// {ticks, labels} of an axis of so many pixels. vega: for its scales; room: px a label takes.
export function ticksOf(vega, axis, range, pixels, room) {
  const { from, to, log } = range;
  const count = Math.max(2, Math.floor(pixels / room));
  if (axis.kind === "text") {
    const ticks = axis.words.map((_, place) => place);
    return { ticks, labels: axis.words.map((word) => (word === "" ? "(empty)" : word)) };
  }
  if (axis.kind === "took") {
    const ticks = durationTicks(from * 1000, to * 1000, pixels).map((ms) => ms / 1000);
    return { ticks, labels: ticks.map((seconds) => durationText(seconds * 1000)) };
  }
  if (axis.kind === "time") {
    const scale = vega.scale("time")().domain([new Date(from * 1000), new Date(to * 1000)]);
    const ticks = scale.ticks(Math.max(2, Math.floor(pixels / 90)));
    const format = scale.tickFormat();
    return { ticks: ticks.map((date) => date / 1000), labels: ticks.map(format) };
  }
  const ticks = vega.scale(log ? "log" : "linear")().domain([from, to]).ticks(count);
  return { ticks, labels: ticks.map((tick) => (log && !isRound(tick) && to / from > 30 ? "" : figure(tick, 6))) };
}

function isRound(tick) {
  const power = Math.log10(tick);
  return Math.abs(power - Math.round(power)) < 1e-9;
}
