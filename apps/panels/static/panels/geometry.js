// The gutters every chart shares (apps/panels/specs.py has the same) and the way between pixels and values. No DOM.

export const GUTTER = { left: 54, right: 12, top: 8, bottom: 22 };

export function plotSize(width, height) {
  return { width: Math.max(40, width - GUTTER.left - GUTTER.right), height: Math.max(40, height - GUTTER.top - GUTTER.bottom) };
}

// Pixel in the plot of a value on a linear or log axis.
export function toPixel(value, from, to, pixels, log = false) {
  if (log) return (Math.log(value / from) / Math.log(to / from)) * pixels;
  return ((value - from) / (to - from)) * pixels;
}

export function fromPixel(pixel, from, to, pixels, log = false) {
  if (log) return from * (to / from) ** (pixel / pixels);
  return from + (pixel / pixels) * (to - from);
}

// A dragged stretch as a range of x inside the range shown: [from, to]; whole: of integers, at least 1 wide.
export function draggedRange(a, b, from, to, pixels, whole = true) {
  const [low, high] = a < b ? [a, b] : [b, a];
  const ends = [fromPixel(Math.max(0, low), from, to, pixels), fromPixel(Math.min(pixels, high), from, to, pixels)];
  if (!whole) return ends;
  const [start, end] = ends.map(Math.round);
  return end > start ? [start, end] : [start, start + 1];
}

// A stretch dragged down or up the y axis as a range of values, [low, high]. a, b: pixels from the top.
export function draggedValues(a, b, { yFrom, yTo, log, plot }) {
  const [top, bottom] = a < b ? [a, b] : [b, a];
  const value = (pixel) => Number(fromPixel(plot.height - Math.min(plot.height, Math.max(0, pixel)), yFrom, yTo, plot.height, log).toPrecision(6));
  return [value(bottom), value(top)];
}
