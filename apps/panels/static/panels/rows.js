// From the columns of an answer to the shapes a line panel draws, and to the rows its spec binds. No DOM.

export const OWN_BANDS = 16; // up to so many runs each has its own envelope; more share one, or all would be mud

// One answer with a line each in `runs`, whatever was asked: bands become lines named by their group, with the spread of their runs
// around the mean; smoothed runs become their smoothed line, with what it was made from in `behind`. kind: which spread, "std",
// "stderr" or "range", which is all of it.
export function asLines(answer, kind = "std") {
  if (answer.bands) {
    const runs = answer.bands.map((band) => ({ ...band, run: band.name, members: band.runs, kind, spread: spreadOf(band, kind) }));
    return { ...answer, runs };
  }
  const runs = answer.runs.map((run) => {
    if (!run.smooth) return run;
    const { x, y, low, high } = run;
    return { ...run, x: run.smooth.x, y: run.smooth.y, low: undefined, high: undefined, behind: { x, y, low, high } };
  });
  return { ...answer, runs };
}

function spreadOf(band, kind) {
  if (kind === "range") return { low: band.low, high: band.high };
  const far = band[kind];
  const around = (way) => band.y.map((mean, i) => (far[i] === far[i] ? mean + way * far[i] : mean));
  return { low: around(-1), high: around(1) };
}

// answer: as asLines gives it. look(line) gives {colour, dash}. log: whether y is logarithmic (values <= 0 break the line). shade: colour of a shared envelope.
// Returns {lines, bands, dots, marks, low, high, below}. lines: unbroken stretches, [start, end) of columns x and y; bands: of x, low and
// high; spread: not of extremes. low and high: of y drawn (null when nothing is), below = values a log axis cannot show.
// best: looks of the lines that stand before all others, which are drawn in the shade; an empty Map when there are none.
export function panelShapes(answer, look, log, shade = "#888", best = new Map()) {
  const shared = answer.runs.length > OWN_BANDS;
  const out = { lines: [], bands: [], dots: [], marks: [], low: Infinity, high: -Infinity, below: 0 };
  const rest = best.size ? answer.runs.filter((run) => !best.has(run)) : answer.runs;
  for (const run of [...rest, ...[...best.keys()].reverse()]) {
    const { colour, dash } = best.get(run) ?? (best.size ? { colour: faint(shade, 0.12), dash: [] } : look(run));
    const { behind } = run;
    if (behind && !best.size) trace(out, behind, { colour: behind.low ? colour : faint(colour), dash, log, shared, line: !behind.low });
    trace(out, run, { colour, dash, log, shared, line: true });
    for (const mark of run.nonfinite) out.marks.push({ x: Number(mark.x), kind: mark.kind, n: mark.n, run: run.run, colour });
  }
  if (shared) out.bands = sharedBand(answer.runs, shade);
  if (out.low > out.high) {
    out.low = null;
    out.high = null;
  }
  return out;
}

// Adds one line's unbroken stretches. line: whether it is drawn itself, or its envelope alone.
function trace(out, { x, y, low, high, spread }, { colour, dash, log, shared, line }) {
  let first = -1; // where the unbroken stretch at hand begins
  const finish = (end) => {
    if (first < 0) return;
    const alone = end - first === 1;
    if (!alone || (low && high[first] > low[first])) {
      if (line) out.lines.push({ x, y, start: first, end, colour, dash });
      if (low && !shared) out.bands.push({ x, low, high, start: first, end, colour });
      if (spread && !shared) out.bands.push({ x, low: spread.low, high: spread.high, start: first, end, colour, spread: true });
    }
    if (alone && line) out.dots.push({ x: x[first], y: y[first], colour });
    first = -1;
  };
  for (let i = 0; i < x.length; i += 1) {
    const value = y[i];
    if (value !== value) {
      finish(i);
      continue;
    }
    if (log && !(value > 0)) {
      out.below += 1;
      finish(i);
      continue;
    }
    if (first < 0) first = i;
    const bottom = low && !(log && !(low[i] > 0)) ? low[i] : value;
    const top = high ? high[i] : value;
    if (bottom < out.low) out.low = bottom;
    if (top > out.high) out.high = top;
  }
  finish(x.length);
}

// The colour, rgb(…), as what lies behind another line has it.
function faint(colour, opacity = 0.28) {
  return colour.replace(/^rgb\((.*)\)$/, `rgba($1, ${opacity})`);
}

// One envelope over all runs: the least and greatest of each place's cells; none when no run has any.
function sharedBand(runs, colour) {
  const places = new Map();
  for (const one of runs) {
    const run = one.behind ?? one;
    if (!run.low) continue;
    for (let i = 0; i < run.x.length; i += 1) {
      if (run.y[i] !== run.y[i]) continue;
      const cell = places.get(run.x[i]);
      if (!cell) places.set(run.x[i], { x: run.x[i], low: run.low[i], high: run.high[i] });
      else {
        if (run.low[i] < cell.low) cell.low = run.low[i];
        if (run.high[i] > cell.high) cell.high = run.high[i];
      }
    }
  }
  if (places.size === 0) return [];
  const cells = [...places.values()].sort((a, b) => a.x - b.x);
  const column = (name) => Float64Array.from(cells, (cell) => cell[name]);
  return [{ x: column("x"), low: column("low"), high: column("high"), start: 0, end: cells.length, colour }];
}

// Shapes as the rows of the spec's named data "lines", "bands" and "dots". floor: what a band shows where a log axis has no place for it.
export function specRows({ lines, bands, dots }, floor) {
  const rows = { lines: [], bands: [], dots };
  lines.forEach(({ x, y, start, end, colour, dash }, line) => {
    for (let i = start; i < end; i += 1) rows.lines.push({ line, x: x[i], y: y[i], colour, dash });
  });
  bands.forEach(({ x, low, high, start, end, colour }, line) => {
    for (let i = start; i < end; i += 1) rows.bands.push({ line, x: x[i], low: Math.max(low[i], floor), high: high[i], colour });
  });
  return rows;
}

// Rows of `marks` at their place: not-a-number and -inf on the bottom axis, +inf at the top. In pixels; room: least x between two
// of a run and kind, so that a stretch of them is a row of triangles and no bar.
export function placeMarks(marks, height, room) {
  const last = new Map();
  const placed = [];
  for (const mark of marks) {
    const kin = `${mark.run} ${mark.kind}`;
    if (mark.x - (last.get(kin) ?? -Infinity) < room) continue;
    last.set(kin, mark.x);
    placed.push({
      x: mark.x,
      colour: mark.colour,
      row: mark.kind === "inf" ? 5 : height - 5,
      shape: mark.kind === "-inf" ? "triangle-down" : "triangle-up",
    });
  }
  return placed;
}

// The index of the entry of ascending x nearest to value; -1 without entries.
export function nearestIndex(x, value) {
  let low = 0;
  let high = x.length - 1;
  if (high < 0) return -1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (x[middle] <= value) low = middle;
    else high = middle;
  }
  return Math.abs(x[high] - value) < Math.abs(value - x[low]) ? high : low;
}

// Points drawn and stored and superseded over all runs of an answer.
export function totals(answer) {
  const sum = { drawn: 0, stored: 0, superseded: 0, nonfinite: 0 };
  for (const run of answer.runs) {
    sum.drawn += run.drawn;
    sum.stored += run.stored;
    sum.superseded += run.superseded;
    for (const mark of run.nonfinite) sum.nonfinite += mark.n;
  }
  return sum;
}
