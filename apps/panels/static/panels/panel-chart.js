// One chart of a board: draws the answer its board hands it, tells the board where the pointer is.
import { bestLines, bestLooks } from "./best-lines.js";
import { durationTicks } from "./durations.js";
import { plotSize } from "./geometry.js";
import { figure } from "./numbers.js";
import { factsOf, rangeText } from "./panel-facts.js";
import { PanelLines } from "./panel-lines.js";
import { PanelOverlay } from "./panel-overlay.js";
import { PanelPointer } from "./panel-pointer.js";
import { chip } from "./readout.js";
import { asLines, nearestIndex, panelShapes, placeMarks, specRows, totals } from "./rows.js";
import { lineLook } from "./shared-charts.js";
import { valueRange } from "./value-range.js";
import { isMetric } from "./view-state.js";

const drawing = import("./drawing.js"); // large: the first question is asked while it comes
const MARK_PX = 9;
const AXES = { relative: "duration", active: "duration" }; // x to the axis that draws it, where that has another name

class PanelChart extends HTMLElement {
  connectedCallback() {
    if (this.plot) return;
    this.answer = null;
    this.exact = new Map(); // run to its exact line in the range shown
    this.scene = { cursor: null, dots: [], lines: [], drag: null };
    this.plot = document.createElement("div");
    this.plot.className = "plot";
    this.append(this.plot);
    this.lines = new PanelLines(this);
    this.overlay = new PanelOverlay(this);
    this.facts = this.closest("figure")?.querySelector("[data-part=facts]");
    new PanelPointer(this);
  }

  disconnectedCallback() {
    queueMicrotask(() => {
      if (this.isConnected) return;
      this.view?.finalize();
      this.view = null;
      this.plot.replaceChildren();
      this.lines.clear();
    });
  }

  get key() {
    return this.dataset.key;
  }

  get board() {
    return this.closest("panel-board, kept-board");
  }

  // Draws an answer in place. look: {colour, dash} by run, and the page's own colours; setting: the board's view.
  async show(answer, setting, look) {
    this.raw = answer;
    this.look = look;
    this.setting = setting;
    this.exact.clear();
    this.scene.lines = [];
    await this.redraw();
  }

  // Draws again what is there: after a change of size, theme or axis.
  async redraw() {
    if (!this.raw) return;
    const { look, setting } = this;
    const answer = asLines(this.raw, setting.spread);
    this.answer = answer;
    const box = this.getBoundingClientRect();
    const size = plotSize(box.width, box.height);
    const log = setting.y === "log";
    const own = (line) => lineLook(look, line);
    const best = bestLines(answer, this.dataset.better);
    const looks = bestLooks(best, own);
    const shapes = panelShapes(answer, own, log, look.muted, looks);
    const range = valueRange(shapes, { log, chosen: setting.ranges[this.key], clip: setting.clip });
    let xFrom = Number(answer.from);
    let xTo = Number(answer.to);
    if (xFrom === xTo) {
      const room = isMetric(setting.x) ? Math.abs(xFrom) * 0.1 || 1 : 1;
      xFrom -= room;
      xTo += room;
    }
    this.frame = { xFrom, xTo, yFrom: range.from, yTo: range.to, log, plot: size };
    this.shapes = shapes;
    this.best = looks; // of the lines before the others
    this.marks = shapes.marks;
    this.#state(answer, shapes, range, best);
    this.#nameBest(best, looks);
    const axis = isMetric(setting.x) ? "value" : AXES[setting.x] ?? setting.x;
    const name = `${axis}-${setting.y}`;
    const signals = {
      ...(axis === "duration" ? { x_ticks: durationTicks(xFrom, xTo, size.width) } : {}), x_from: xFrom, x_to: xTo, y_from: range.from, y_to: range.to, ink: look.ink, muted: look.muted, hairline: look.hairline,
    };
    if (this.view && this.drawnName !== name) {
      this.view.finalize();
      this.view = null;
    }
    const turn = (this.turn = (this.turn ?? 0) + 1);
    const { lineView } = await drawing;
    if (turn !== this.turn || !this.isConnected) return;
    if (!this.view) {
      const host = document.createElement("div");
      this.plot.replaceChildren(host);
      this.view = lineView(host, name, { ...size, signals });
      this.drawnName = name;
    } else {
      this.view.width(size.width).height(size.height);
      for (const [signal, value] of Object.entries(signals)) this.view.signal(signal, value);
    }
    this.view.data("marks", placeMarks(shapes.marks, size.height, ((xTo - xFrom) / size.width) * MARK_PX));
    await this.view.runAsync();
    if (turn !== this.turn) return;
    this.lines.draw(box, this.frame, shapes);
    this.overlay.resize(box.width, box.height);
    this.classList.add("drawn");
    this.dataset.axes = name;
    this.dataset.spread = setting.spread;
    this.paint();
  }

  // The chart as SVG, all of it drawn by its spec.
  async toSVG() {
    const rows = specRows(this.shapes, this.frame.log ? this.frame.yFrom : -Infinity);
    for (const [name, values] of Object.entries(rows)) this.view.data(name, values);
    await this.view.runAsync();
    const text = await this.view.toSVG();
    for (const name of Object.keys(rows)) this.view.data(name, []);
    await this.view.runAsync();
    return text;
  }

  #state(answer, shapes, range, best) {
    const { setting } = this;
    const sum = totals(answer);
    const words = factsOf(answer, sum, { below: shapes.below, over: setting.x.slice(4), spread: setting.spread, best: best.length && this.dataset.better });
    this.#sayRange(rangeText(range));
    if (this.facts) {
      this.facts.textContent = words.join(" · ");
      this.facts.title = words.join(" · ");
    }
    const label = `${this.key}: ${words.join(", ")}. From ${figure(shapes.low)} to ${figure(shapes.high)}.`;
    this.setAttribute("role", "img");
    this.setAttribute("aria-label", label);
    this.dataset.state = "drawn";
    this.dataset.drawn = sum.drawn;
    this.dataset.stored = sum.stored;
    this.dataset.high = shapes.high ?? "";
    this.dataset.low = shapes.low ?? "";
    this.dataset.marks = shapes.marks.length;
    const empty = shapes.low === null && shapes.marks.length === 0;
    this.#say(empty ? (answer.runs.length ? "No finite points in this range." : "None of the shown runs logged this.") : "");
  }

  // Names the lines that stand before the others, where there is room: their values go to the other side.
  #nameBest(best, looks) {
    this.bestList?.remove();
    this.bestList = null;
    if (best.length === 0) return;
    this.bestList = document.createElement("ol");
    this.bestList.className = `panel-best ${this.dataset.better}`;
    for (const { line, value } of best) {
      const { colour, dash } = looks.get(line);
      const item = document.createElement("li");
      const name = Object.assign(document.createElement("span"), { className: "truncate", textContent: this.board.lineName(this, line) });
      item.append(stroke(colour, dash), name, Object.assign(document.createElement("b"), { textContent: figure(value, 4) }));
      this.bestList.append(item);
    }
    this.append(this.bestList);
  }

  // Says, over the plot, that values are left out, with the way back.
  #sayRange(text) {
    this.clipped?.remove();
    this.clipped = null;
    this.dataset.range = text;
    if (!text) return;
    this.clipped = document.createElement("p");
    this.clipped.className = "panel-range";
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.act = "auto";
    button.textContent = "Auto";
    button.setAttribute("aria-label", `Show all values of ${this.key}`);
    this.clipped.append(`${text} `, button);
    this.append(this.clipped);
  }

  #say(text, retry = null) {
    this.note?.remove();
    this.note = null;
    if (!text) return;
    this.note = document.createElement("p");
    this.note.className = "panel-note";
    this.note.textContent = text;
    if (retry) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "button small";
      button.textContent = "Try again";
      button.addEventListener("click", retry);
      this.note.append(button);
    }
    this.append(this.note);
  }

  fail(message, retry) {
    this.dataset.state = "failed";
    this.#say(message, retry);
  }

  // Points of every run nearest to x: [{run, x, y, low, high}], those with a value there.
  at(x) {
    const found = [];
    for (const run of this.answer?.runs ?? []) {
      const place = nearestIndex(run.x, x);
      let index = place;
      if (place >= 0 && run.y[place] !== run.y[place]) index = [place - 1, place + 1].find((i) => run.y[i] === run.y[i] && run.y[i] !== undefined) ?? -1;
      if (index < 0) continue;
      found.push({ run: run.run, key: run.key, nth: run.nth, x: run.x[index], y: run.y[index], low: run.low?.[index], high: run.high?.[index], std: run.std?.[index], stderr: run.stderr?.[index], kind: run.kind, count: run.count?.[index] });
    }
    return found;
  }

  // Non-finite values within a few pixels of x.
  marksNear(x) {
    const reach = ((this.frame.xTo - this.frame.xFrom) / this.frame.plot.width) * 4;
    return this.marks.filter((mark) => Math.abs(mark.x - x) <= reach);
  }

  cursor(x) {
    this.scene.cursor = x;
    const highlighted = this.board.highlighted;
    this.scene.dots = x === null || !this.answer ? [] : this.at(x)
      .filter((point) => !highlighted || point.run === highlighted)
      .map((point) => ({ x: point.x, y: point.y, colour: this.look.run(point.run).colour }));
    this.paint();
  }

  // Draws one run over the others, which fade; null shows all again.
  highlight(run) {
    const exact = this.exact.get(run);
    const lines = run === null ? [] : exact ? [exact] : this.answer?.runs.filter((one) => one.run === run) ?? [];
    this.scene.lines = lines.map((line) => ({ x: line.x, y: line.y, ...lineLook(this.look, line) }));
    this.cursor(this.scene.cursor);
  }

  needsExact(run) {
    return Boolean(this.answer?.runs.some((one) => one.run === run && one.method === "mean" && !one.behind && one.key === undefined)) && !this.exact.has(run);
  }

  showExact(run, line) {
    this.exact.set(run, line);
    this.highlight(this.board.highlighted);
  }

  paint() {
    if (this.frame && this.view) this.overlay.draw(this.frame, this.scene, this.look);
  }
}

// A line's colour and dash as a short stroke.
function stroke(colour, dash) {
  const drawn = chip(0);
  drawn.setAttribute("class", "chip");
  drawn.style.stroke = colour;
  drawn.style.strokeDasharray = dash.join(" ");
  return drawn;
}

customElements.define("panel-chart", PanelChart);
