// Confusion matrices on one axis of classes: shares, differences to a baseline, blocks for a picture, words.

export const NORMS = ["row", "counts", "column", "all"];

// The classes of all matrices, the baseline's first. answers: of the API, null without one.
export function axisOf(answers, base) {
  const names = new Set(answers[base]?.classes ?? []);
  for (const one of answers) for (const name of one?.classes ?? []) names.add(name);
  return [...names];
}

// One run's matrix on an axis of n classes: its cells by row, and what their counts are shares of.
export class Matrix {
  constructor(answer, axis) {
    const place = new Map(axis.map((name, at) => [name, at]));
    const local = Int32Array.from(answer.classes, (name) => place.get(name));
    this.size = axis.length;
    this.total = answer.examples;
    this.there = new Uint8Array(this.size);
    for (const at of local) this.there[at] = 1;
    const codes = new Float64Array(answer.counts.length);
    for (let at = 0; at < codes.length; at += 1) codes[at] = local[answer.actual[at]] * this.size + local[answer.predicted[at]];
    this.#place(codes, Float64Array.from(answer.counts));
    this.actual = new Float64Array(this.size);
    this.predicted = new Float64Array(this.size);
    for (let at = 0; at < this.counts.length; at += 1) {
      this.actual[this.rows[at]] += this.counts[at];
      this.predicted[this.columns[at]] += this.counts[at];
    }
  }

  // Cells in order; they come so when all runs have the same classes.
  #place(codes, counts) {
    const sorted = codes.every((code, at) => at === 0 || codes[at - 1] < code);
    const order = sorted ? null : Uint32Array.from(codes.keys()).sort((one, other) => codes[one] - codes[other]);
    this.codes = order ? Float64Array.from(order, (at) => codes[at]) : codes;
    this.counts = order ? Float64Array.from(order, (at) => counts[at]) : counts;
    this.rows = new Int32Array(codes.length);
    this.columns = new Int32Array(codes.length);
    for (let at = 0; at < codes.length; at += 1) {
      this.rows[at] = Math.floor(this.codes[at] / this.size);
      this.columns[at] = this.codes[at] - this.rows[at] * this.size;
    }
  }

  count(row, column) {
    const code = row * this.size + column;
    let low = 0;
    let high = this.codes.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.codes[middle] < code) low = middle + 1;
      else high = middle;
    }
    return this.codes[low] === code ? this.counts[low] : 0;
  }

  has(row, column) {
    return this.there[row] === 1 && this.there[column] === 1;
  }

  whole(row, column, norm) {
    if (norm === "counts") return 1;
    return norm === "row" ? this.actual[row] : norm === "column" ? this.predicted[column] : this.total;
  }

  // A normalised value, null where a class is missing or has no examples.
  value(row, column, norm) {
    const whole = this.whole(row, column, norm);
    return this.has(row, column) && whole > 0 ? this.count(row, column) / whole : null;
  }

  values(norm) {
    const values = new Float64Array(this.counts.length);
    for (let at = 0; at < values.length; at += 1) values[at] = this.counts[at] / this.whole(this.rows[at], this.columns[at], norm);
    return values;
  }
}

// What a picture draws: cells that are not 0 with their values, and which classes are missing.
export function cellsOf(matrix, norm) {
  return { rows: matrix.rows, columns: matrix.columns, values: matrix.values(norm), there: matrix.there };
}

// The same of how far a matrix is from the baseline's, where both have the classes.
export function differenceOf(matrix, base, norm) {
  const there = matrix.there.map((one, at) => one & base.there[at]);
  const [mine, theirs] = [matrix.values(norm), base.values(norm)];
  const most = mine.length + theirs.length;
  const [rows, columns, values] = [new Int32Array(most), new Int32Array(most), new Float64Array(most)];
  let [at, other, length] = [0, 0, 0];
  while (at < mine.length || other < theirs.length) {
    const code = at < mine.length ? matrix.codes[at] : Infinity;
    const baseCode = other < theirs.length ? base.codes[other] : Infinity;
    const row = code <= baseCode ? matrix.rows[at] : base.rows[other];
    const column = code <= baseCode ? matrix.columns[at] : base.columns[other];
    if (there[row] && there[column] && matrix.whole(row, column, norm) > 0 && base.whole(row, column, norm) > 0) {
      rows[length] = row;
      columns[length] = column;
      values[length] = (code <= baseCode ? mine[at] : 0) - (baseCode <= code ? theirs[other] : 0);
      length += 1;
    }
    if (code <= baseCode) at += 1;
    if (baseCode <= code) other += 1;
  }
  return { rows: rows.subarray(0, length), columns: columns.subarray(0, length), values: values.subarray(0, length), there };
}

// A view of cells as a grid of blocks, each showing the value in it that is farthest from 0.
// view: {top, bottom, left, right} in classes; most: blocks that fit a side. Missing classes are NaN.
export function gridOf(cells, view, most) {
  const tall = Math.max(1, Math.ceil((view.bottom - view.top) / most));
  const wide = Math.max(1, Math.ceil((view.right - view.left) / most));
  const height = Math.ceil((view.bottom - view.top) / tall);
  const width = Math.ceil((view.right - view.left) / wide);
  const grid = new Float32Array(height * width);
  for (let at = 0; at < cells.values.length; at += 1) {
    const [row, column] = [cells.rows[at], cells.columns[at]];
    if (row < view.top || row >= view.bottom || column < view.left || column >= view.right) continue;
    const block = Math.floor((row - view.top) / tall) * width + Math.floor((column - view.left) / wide);
    if (Math.abs(cells.values[at]) > Math.abs(grid[block])) grid[block] = cells.values[at];
  }
  const gone = (first, count) => {
    for (let at = first; at < first + count; at += 1) if (cells.there[at] !== 0) return false;
    return true;
  };
  for (let row = 0; row < height; row += 1) if (gone(view.top + row * tall, Math.min(tall, view.bottom - view.top - row * tall))) grid.fill(NaN, row * width, (row + 1) * width);
  for (let column = 0; column < width; column += 1) {
    if (gone(view.left + column * wide, Math.min(wide, view.right - view.left - column * wide))) for (let row = 0; row < height; row += 1) grid[row * width + column] = NaN;
  }
  return { grid, height, width, tall, wide };
}

export function highestOf(cells) {
  let highest = 0;
  for (const value of cells.values) if (Math.abs(value) > highest) highest = Math.abs(value);
  return highest || 1;
}

const grouped = (number) => String(number).replace(/\B(?=(\d{3})+$)/g, " ");

export function percent(share) {
  if (share === null) return "–";
  const value = share * 100;
  return `${Math.abs(value) >= 1 ? Number(value.toFixed(1)) : Number(value.toPrecision(2))} %`.replace("-", "−");
}

export function written(value, norm) {
  return norm === "counts" ? grouped(Math.round(Math.abs(value))).replace(/^/, value < 0 ? "−" : "") : percent(value);
}

// A cell in words: 212 of 974 “8” were called “3”: 21.8 %, baseline 4.1 %.
export function wordsOf(matrix, base, axis, row, column, norm) {
  const [actual, predicted] = [`“${axis[row]}”`, `“${axis[column]}”`];
  if (!matrix.has(row, column)) return `${matrix.there[row] ? predicted : actual} is missing in this run.`;
  const shown = norm === "counts" ? "row" : norm;
  const [count, share] = [grouped(matrix.count(row, column)), matrix.value(row, column, shown)];
  if (share === null) return norm === "column" ? `Nothing was called ${predicted}.` : `${actual} has no examples in this run.`;
  const whole = grouped(matrix.whole(row, column, shown));
  const said = {
    row: `${count} of ${whole} ${actual} were called ${row === column ? "right" : predicted}`,
    column: `${count} of the ${whole} that were called ${predicted} were ${row === column ? "right" : actual}`,
    all: `${count} of all ${whole} examples were ${actual} called ${predicted}`,
  }[shown];
  if (!base || base === matrix) return `${said}: ${percent(share)}`;
  return `${said}: ${percent(share)}, ${base.has(row, column) ? `baseline ${percent(base.value(row, column, shown))}` : "missing in the baseline"}`;
}
