// Draws one confusion matrix on a canvas: a view of its cells, the names that fit, the cell that is looked at.
import { colourOf, css, isDark, paint, scalesOf } from "./confusion-colours.js";
import { gridOf, highestOf, written } from "./confusion-data.js";

const LEAST_NAMED = 11; // px of a cell beside which its class is written
const LEAST_COUNTED = 30; // px of a cell that its number is written in
const EDGE = 20; // px for the words at the sides

export class Picture {
  constructor(frame, { far, norm }) {
    this.frame = frame;
    this.canvas = frame.querySelector("canvas");
    this.far = far;
    this.norm = norm;
    this.cells = null;
  }

  take(cells, axis) {
    this.cells = cells;
    this.axis = axis;
    this.highest = this.norm !== "counts" && !this.far ? 1 : highestOf(cells);
  }

  // view: {top, bottom, left, right} in classes; at: {row, column} or null; theme: light or dark. A cell that is
  // looked at costs one copy: the cells are painted anew for another view, size or theme only.
  draw(view, at, theme) {
    if (!this.cells) return;
    const side = this.canvas.clientWidth;
    if (side === 0) return;
    const ratio = devicePixelRatio || 1;
    const shown = [view.top, view.bottom, view.left, view.right, side, ratio, theme].join();
    if (this.shown !== shown) this.#whole(view, side, ratio, theme);
    this.shown = shown;
    const pen = this.canvas.getContext("2d");
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.clearRect(0, 0, this.canvas.width, this.canvas.height);
    pen.drawImage(this.painted, 0, 0);
    pen.scale(ratio, ratio);
    if (at) this.#mark(pen, at);
  }

  #whole(view, side, ratio, theme) {
    this.canvas.width = this.canvas.height = Math.round(side * ratio);
    this.painted = new OffscreenCanvas(this.canvas.width, this.canvas.height);
    const pen = this.painted.getContext("2d");
    pen.scale(ratio, ratio);
    this.view = view;
    this.#measure(pen, side);
    this.#paint(pen, scalesOf(theme));
    this.#name(pen);
  }

  // Where the cells are: beside the names of the classes, when there is room for them.
  #measure(pen, side) {
    const { view } = this;
    const style = getComputedStyle(this.canvas);
    this.ink = style.getPropertyValue("--ink");
    this.muted = style.getPropertyValue("--muted");
    pen.font = `11px ${style.fontFamily}`;
    const room = (from, to) => (side - 2 * EDGE) / (to - from) >= LEAST_NAMED;
    const widest = (from, to) => (room(from, to) ? Math.max(...this.axis.slice(from, to).map((name) => pen.measureText(cut(name)).width)) + 8 : 4);
    this.named = { rows: room(view.top, view.bottom), columns: room(view.left, view.right) };
    this.gap = Math.min(side / 4, Math.max(widest(view.top, view.bottom), widest(view.left, view.right)));
    this.start = EDGE + this.gap;
    this.length = side - this.start - 2;
    this.high = this.length / (view.bottom - view.top);
    this.wide = this.length / (view.right - view.left);
  }

  #paint(pen, scales) {
    const blocks = gridOf(this.cells, this.view, Math.max(1, Math.floor(this.length)));
    const picture = new ImageData(blocks.width, blocks.height);
    paint(blocks.grid, picture.data, scales, this.highest, this.far);
    const small = new OffscreenCanvas(blocks.width, blocks.height);
    small.getContext("2d").putImageData(picture, 0, 0);
    pen.imageSmoothingEnabled = false;
    pen.drawImage(small, this.start, 2, blocks.width * blocks.wide * this.wide, blocks.height * blocks.tall * this.high);
    this.block = { tall: blocks.tall, wide: blocks.wide };
    if (Math.min(this.high, this.wide) >= 6) this.#lines(pen, scales);
    if (this.wide >= LEAST_COUNTED && this.high >= 14) this.#numbers(pen, scales, blocks);
  }

  #lines(pen, scales) {
    pen.strokeStyle = css(scales.ground);
    pen.lineWidth = 1;
    pen.beginPath();
    for (let at = 1; at < this.view.bottom - this.view.top; at += 1) {
      pen.moveTo(this.start, 2 + at * this.high);
      pen.lineTo(this.start + this.length, 2 + at * this.high);
    }
    for (let at = 1; at < this.view.right - this.view.left; at += 1) {
      pen.moveTo(this.start + at * this.wide, 2);
      pen.lineTo(this.start + at * this.wide, 2 + this.length);
    }
    pen.stroke();
  }

  #numbers(pen, scales, { grid, height, width }) {
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    for (let row = 0; row < height; row += 1) {
      for (let column = 0; column < width; column += 1) {
        const value = grid[row * width + column];
        if (value === 0 || Number.isNaN(value)) continue;
        const text = this.far ? this.#apart(value) : written(value, this.norm).replace(" %", "");
        if (!text || pen.measureText(text).width > this.wide - 1) continue;
        pen.fillStyle = isDark(colourOf(scales, value, this.highest, this.far)) ? "#fff" : "#16181d";
        pen.fillText(text, this.start + (column + 0.5) * this.wide, 2 + (row + 0.5) * this.high);
      }
    }
  }

  // A difference, to a tenth of a percentage point; nothing of a smaller one.
  #apart(value) {
    const number = this.norm === "counts" ? value : Number((value * 100).toFixed(1));
    return number === 0 ? "" : `${number > 0 ? "+" : "−"}${Math.abs(number)}`;
  }

  #name(pen) {
    const { view } = this;
    pen.fillStyle = this.muted;
    pen.textAlign = "right";
    pen.textBaseline = "middle";
    if (this.named.rows) {
      for (let row = view.top; row < view.bottom; row += 1) pen.fillText(fitted(pen, this.axis[row], this.gap - 6), this.start - 5, 2 + (row - view.top + 0.5) * this.high);
    }
    if (this.named.columns) {
      for (let column = view.left; column < view.right; column += 1) this.#below(pen, this.axis[column], this.start + (column - view.left + 0.5) * this.wide);
    }
    const middle = 2 + this.length / 2;
    pen.textAlign = "center";
    turned(pen, EDGE / 2, middle, () => pen.fillText(titled("actual", view.top, view.bottom, this.axis.length), 0, 0));
    pen.fillText(titled("called", view.left, view.right, this.axis.length), this.start + this.length / 2, this.length + this.gap + EDGE / 2 + 2);
  }

  // The name of a column: level where it fits, else upright.
  #below(pen, name, x) {
    const y = this.length + 6;
    if (pen.measureText(cut(name)).width <= this.wide - 2) {
      pen.textAlign = "center";
      pen.fillText(cut(name), x, y + 7);
    } else {
      pen.textAlign = "right";
      turned(pen, x, y, () => pen.fillText(fitted(pen, name, this.gap - 6), 0, 0));
    }
  }

  #mark(pen, { row, column }) {
    const { view } = this;
    if (row < view.top || row >= view.bottom || column < view.left || column >= view.right) return;
    const [high, wide] = [Math.max(3, this.high), Math.max(3, this.wide)];
    const [x, y] = [this.start + (column - view.left) * this.wide, 2 + (row - view.top) * this.high];
    pen.strokeStyle = this.ink;
    pen.lineWidth = 0.5;
    pen.strokeRect(this.start, y, this.length, high);
    pen.strokeRect(x, 2, wide, this.length);
    pen.lineWidth = 2;
    pen.strokeRect(x, y, wide, high);
  }

  // The cell below a point of the canvas, null beside the matrix; where cells share a pixel, the one that is seen.
  cellAt(x, y) {
    const { view } = this;
    if (!view) return null;
    const row = Math.floor((y - 2) / this.high) + view.top;
    const column = Math.floor((x - this.start) / this.wide) + view.left;
    if (row < view.top || row >= view.bottom || column < view.left || column >= view.right) return null;
    return this.block.tall * this.block.wide > 1 ? this.#seen(row, column) : { row, column, of: 1 };
  }

  #seen(row, column) {
    const { tall, wide } = this.block;
    const top = row - ((row - this.view.top) % tall);
    const left = column - ((column - this.view.left) % wide);
    let found = { row, column, of: tall * wide, empty: true };
    let highest = 0;
    const { rows, columns, values } = this.cells;
    for (let at = 0; at < values.length; at += 1) {
      if (rows[at] < top || rows[at] >= top + tall || columns[at] < left || columns[at] >= left + wide) continue;
      if (Math.abs(values[at]) > highest) {
        highest = Math.abs(values[at]);
        found = { row: rows[at], column: columns[at], of: tall * wide };
      }
    }
    return found;
  }
}

const cut = (name) => (name.length > 40 ? `${name.slice(0, 39)}…` : name);

function fitted(pen, name, room) {
  let text = cut(name);
  while (text.length > 1 && pen.measureText(text).width > room) text = `${text.replace(/…$/, "").slice(0, -1)}…`;
  return text;
}

function titled(what, from, to, all) {
  return to - from === all ? what : `${what}, ${from + 1}–${to} of ${all}`;
}

function turned(pen, x, y, draw) {
  pen.save();
  pen.translate(x, y);
  pen.rotate(-Math.PI / 2);
  draw();
  pen.restore();
}
