// Confusion matrices of several runs: one view and one cell for all pictures, moved by pointer, keys and list.
import { copyText } from "../core/copy-text.js";
import { toast } from "../core/toasts.js";
import { Matrix, NORMS, axisOf, cellsOf, differenceOf, wordsOf, written } from "./confusion-data.js";
import { Picture } from "./confusion-picture.js";

const LEAST_SIDE = 4; // classes that a view shows at least
const LARGE = 60; // classes from which on a class that was found is zoomed to
const ZOOM = "zoom"; // in the address: the places of the first and last class, of the rows and of the columns

class ConfusionView extends HTMLElement {
  connectedCallback() {
    const data = JSON.parse(this.querySelector("#confusion-drawn").textContent);
    this.norm = NORMS.includes(asked("norm")) ? asked("norm") : NORMS[0];
    this.search = asked("confusion").trim().toLowerCase();
    this.at = null;
    this.said = this.querySelector("[data-role=said]");
    this.pictures = [...this.querySelectorAll("[data-picture]")].map((frame) => this.#picture(frame, data));
    this.addEventListener("click", (event) => this.#clicked(event));
    for (const row of this.querySelectorAll("tr[data-actual]")) {
      for (const kind of ["pointerenter", "focusin"]) row.addEventListener(kind, () => this.#look(row));
    }
    this.resized = new ResizeObserver(() => this.#draw());
    for (const { frame } of this.pictures) this.resized.observe(frame);
    this.looks = () => this.#draw();
    document.addEventListener("paceline:look", this.looks);
    this.#read(data);
  }

  disconnectedCallback() {
    this.resized?.disconnect();
    document.removeEventListener("paceline:look", this.looks);
  }

  #picture(frame, data) {
    const { run, far } = data.pictures[Number(frame.dataset.picture)];
    const picture = new Picture(frame, { far, norm: this.norm });
    picture.run = run;
    const { canvas } = picture;
    canvas.addEventListener("pointermove", (event) => this.#over(picture, event));
    canvas.addEventListener("pointerleave", () => this.#leave());
    canvas.addEventListener("pointerdown", (event) => this.#drag(picture, event));
    canvas.addEventListener("dblclick", () => this.#show(this.#whole()));
    canvas.addEventListener("focus", () => this.#point(picture, this.at ?? { row: this.view?.top ?? 0, column: this.view?.left ?? 0 }));
    canvas.addEventListener("keydown", (event) => this.#key(picture, event));
    return picture;
  }

  async #read(data) {
    const shown = new Set([data.base, ...this.pictures.map((one) => one.run)]);
    try {
      const answers = await Promise.all(data.runs.map((run, at) => (run.source && shown.has(at) ? read(run.source) : null)));
      this.axis = axisOf(answers, data.base);
      this.matrices = answers.map((answer) => answer && new Matrix(answer, this.axis));
      this.base = this.matrices[data.base];
    } catch {
      this.said.textContent = "The matrices could not be read. Is the server there? Load the page again.";
      return;
    }
    for (const one of this.pictures) {
      const matrix = this.matrices[one.run];
      one.take(one.far ? differenceOf(matrix, this.base, this.norm) : cellsOf(matrix, this.norm), this.axis);
    }
    const highest = Math.max(...this.pictures.filter((one) => one.far).map((one) => one.highest));
    for (const one of this.pictures) {
      if (one.far) one.highest = highest; // the same colour is the same difference in all
      this.#legend(one);
    }
    this.view = this.#linked(asked(ZOOM)) ?? this.#found() ?? this.#whole();
    this.dataset.ready = "";
    this.#draw();
  }

  #legend(picture) {
    const legend = picture.frame.parentElement.querySelector(".matrix-legend");
    const [low, high] = picture.far ? [-picture.highest, picture.highest] : [0, picture.highest];
    legend.querySelector("[data-role=low]").textContent = written(low, this.norm);
    legend.querySelector("[data-role=high]").textContent = `${picture.far ? "+" : ""}${written(high, this.norm)}`;
  }

  #whole() {
    return { top: 0, bottom: this.axis.length, left: 0, right: this.axis.length };
  }

  // The view of a link, null of a link without one or to another matrix.
  #linked(text) {
    const places = /^(\d+)-(\d+),(\d+)-(\d+)$/.exec(text)?.slice(1).map(Number);
    if (!places) return null;
    const [top, last, left, end] = places.map((place) => place - 1);
    const fits = 0 <= top && top <= last && last < this.axis.length && 0 <= left && left <= end && end < this.axis.length;
    return fits ? { top, bottom: last + 1, left, right: end + 1 } : null;
  }

  // The rows around the class of the search; nothing of a small matrix, and without one.
  #found() {
    if (!this.search) return null;
    const place = this.axis.findIndex((name) => name.toLowerCase() === this.search);
    if (place < 0) return null;
    this.at = { row: place, column: place };
    if (this.axis.length <= LARGE) return null;
    const top = Math.max(0, Math.min(place - 10, this.axis.length - 21));
    return { ...this.#whole(), top, bottom: top + 21 };
  }

  #draw() {
    if (!this.view) return;
    const theme = getComputedStyle(this).colorScheme === "dark" || (getComputedStyle(this).colorScheme !== "light" && matchMedia("(prefers-color-scheme: dark)").matches) ? "dark" : "light";
    for (const one of this.pictures) one.draw(this.view, this.at, theme);
  }

  #show(view) {
    this.view = view;
    this.#draw();
    const params = new URLSearchParams(location.search);
    const { top, bottom, left, right } = view;
    if (bottom - top === this.axis.length && right - left === this.axis.length) params.delete(ZOOM);
    else params.set(ZOOM, `${top + 1}-${bottom},${left + 1}-${right}`);
    history.replaceState(history.state, "", `${location.pathname}?${params}${location.hash}`);
  }

  // Look at a cell, and say it in words. of: how many cells share its place in the picture.
  #point(picture, cell) {
    if (!this.matrices || !cell) return;
    this.at = cell;
    const words = wordsOf(this.matrices[picture.run], this.base, this.axis, cell.row, cell.column, this.norm);
    const many = cell.of > 1 ? `The largest of ${cell.of} cells here: ` : "";
    this.said.textContent = cell.empty ? `Nothing in the ${cell.of} cells here${picture.far ? " is different" : ""}.` : `${many}${words}`;
    this.#draw();
  }

  #over(picture, event) {
    if (this.dragged) {
      this.dragged.to = picture.cellAt(event.offsetX, event.offsetY) ?? this.dragged.to;
      this.#frame(picture);
      return;
    }
    const cell = picture.cellAt(event.offsetX, event.offsetY);
    if (cell && (cell.row !== this.at?.row || cell.column !== this.at?.column)) this.#point(picture, cell);
  }

  #leave() {
    if (this.dragged || !this.at || this.contains(document.activeElement)) return;
    this.at = null;
    this.#draw();
  }

  #drag(picture, event) {
    const from = picture.cellAt(event.offsetX, event.offsetY);
    if (!from || event.button !== 0 || event.pointerType === "touch") return;
    picture.canvas.setPointerCapture(event.pointerId);
    this.dragged = { from, to: from };
    const end = () => {
      const { from: one, to: other } = this.dragged;
      this.dragged = null;
      if (one.row !== other.row && one.column !== other.column) {
        this.#show({
          top: Math.min(one.row, other.row),
          bottom: Math.max(one.row, other.row) + 1,
          left: Math.min(one.column, other.column),
          right: Math.max(one.column, other.column) + 1,
        });
      } else this.#draw();
    };
    picture.canvas.addEventListener("lostpointercapture", end, { once: true });
  }

  // The rectangle that is being drawn.
  #frame(picture) {
    this.#draw();
    const { from, to } = this.dragged;
    const pen = picture.canvas.getContext("2d");
    const [top, left] = [Math.min(from.row, to.row), Math.min(from.column, to.column)];
    pen.strokeStyle = getComputedStyle(this).getPropertyValue("--accent");
    pen.lineWidth = 2;
    pen.strokeRect(
      picture.start + (left - this.view.left) * picture.wide,
      2 + (top - this.view.top) * picture.high,
      (Math.abs(from.column - to.column) + 1) * picture.wide,
      (Math.abs(from.row - to.row) + 1) * picture.high,
    );
  }

  #key(picture, event) {
    if (!this.view || event.ctrlKey || event.metaKey || event.altKey) return;
    const by = event.shiftKey ? 10 : 1;
    const moves = { ArrowUp: [-by, 0], ArrowDown: [by, 0], ArrowLeft: [0, -by], ArrowRight: [0, by] };
    if (event.key in moves) {
      const last = this.axis.length - 1;
      const { row, column } = this.at ?? { row: 0, column: 0 };
      const cell = { row: within(row + moves[event.key][0], 0, last), column: within(column + moves[event.key][1], 0, last), of: 1 };
      const view = moved(this.view, cell);
      if (view.top !== this.view.top || view.left !== this.view.left) this.#show(view);
      this.#point(picture, cell);
    } else if (event.key === "+" || event.key === "=") this.#zoom(0.5);
    else if (event.key === "-") this.#zoom(2);
    else if (event.key === "Escape" && this.view) this.#show(this.#whole());
    else return;
    event.preventDefault();
  }

  #clicked(event) {
    const zoom = event.target.closest("[data-zoom]")?.dataset.zoom;
    if (zoom && this.view) {
      if (zoom === "all") this.#show(this.#whole());
      else this.#zoom(zoom === "in" ? 0.5 : 2);
    }
    const copy = event.target.closest("[data-act=copy]");
    if (copy && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      this.#copy(copy.href);
    }
  }

  // Around the cell that is looked at, else the middle.
  #zoom(by) {
    const { view } = this;
    const middle = this.at ?? { row: (view.top + view.bottom) >> 1, column: (view.left + view.right) >> 1 };
    const [top, bottom] = scaled(view.top, view.bottom, middle.row, by, this.axis.length);
    const [left, right] = scaled(view.left, view.right, middle.column, by, this.axis.length);
    this.#show({ top, bottom, left, right });
  }

  // A mistake of the list: its cell in all pictures, said of the last run.
  #look({ dataset }) {
    if (!this.matrices || this.pictures.length === 0) return;
    const [row, column] = [this.axis.indexOf(dataset.actual), this.axis.indexOf(dataset.predicted)];
    if (row >= 0 && column >= 0) this.#point(this.pictures.at(-1), { row, column, of: 1 });
  }

  async #copy(address) {
    const text = await fetch(address, { credentials: "same-origin" }).then((answer) => (answer.ok ? answer.text() : null), () => null);
    if (text === null) {
      toast("The mistakes could not be read. Is the server there?");
      return;
    }
    const held = Object.assign(document.createElement("pre"), { className: "visually-hidden", textContent: text });
    this.append(held);
    const copied = await copyText(text, held);
    held.remove();
    if (copied) toast("Copied as Markdown.");
    else location.href = address;
  }
}

const asked = (name) => new URLSearchParams(location.search).get(name) ?? "";

async function read(source) {
  const answer = await fetch(source, { credentials: "same-origin" });
  if (!answer.ok) throw new Error(`${answer.status}`);
  return answer.json();
}

const within = (number, low, high) => Math.max(low, Math.min(high, number));

// A range that is so many times as long, around a place, within 0..size.
function scaled(from, to, middle, by, size) {
  const length = within(Math.round((to - from) * by), Math.min(LEAST_SIDE, size), size);
  const start = within(Math.round(middle - length / 2), 0, size - length);
  return [start, start + length];
}

// A view that holds a cell: the same one, or moved no farther than needed.
function moved(view, { row, column }) {
  const down = Math.max(0, row - view.bottom + 1) + Math.min(0, row - view.top);
  const across = Math.max(0, column - view.right + 1) + Math.min(0, column - view.left);
  return { top: view.top + down, bottom: view.bottom + down, left: view.left + across, right: view.right + across };
}

customElements.define("confusion-view", ConfusionView);
