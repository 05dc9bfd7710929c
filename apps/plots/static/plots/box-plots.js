// Bars and histograms: boxes that say more when one points at them, and narrow the table when one presses them.
import { figure, stepText } from "../panels/numbers.js";
import { extent, fromPixel, placeText, toPixel } from "./axes.js";
import { keyList } from "./plot-colours.js";
import { hideReadout, showReadout } from "./plot-readout.js";
import { PlotStage } from "./plot-stage.js";
import { lostWords, signals, titled } from "./scatter-plot.js";

const BAR_PX = 13; // the least a bar takes, so that its name can be read
const MOST_PX = 26;
const NAME_PX = 7; // of a character
const HALF = 0.36; // of a bar's room

class BoxPlot {
  constructor(host, table) {
    this.table = table;
    this.stage = new PlotStage(host, {
      point: (px, py, event) => this.point(px, py, event),
      press: (px, py, event) => this.press(px, py, event),
      brush: (x, y) => this.brush(x, y),
      again: () => table.widen([this.answer.axes.value.text]),
    });
  }

  async drawBoxes(spec, x, y, xRange, yRange, rows, titles) {
    this.x = xRange;
    this.y = yRange;
    await this.stage.draw(`${spec}-${xRange.log ? "log" : "linear"}`, (vega) => signals(vega, x, y, xRange, yRange, this.stage.size, this.page), { boxes: [], spans: [], words: [], ...rows }, titles);
  }

  mark() {}

  highlight() {}

  legend() {
    return null;
  }

  image(type, facts) {
    const names = this.key?.().map(([colour, words]) => ({ name: words, colour, dash: [] })) ?? [];
    return this.stage.image(type, { ...facts, names, look: this.page });
  }

  end() {
    this.stage.end();
    hideReadout();
  }

  brush() {}
}

export class BarPlot extends BoxPlot {
  async draw(answer, plot, page) {
    this.answer = answer;
    this.page = page;
    const { value, group } = answer.axes;
    const names = answer.bars.map((bar) => barName(bar, group));
    const longest = names.reduce((most, name) => Math.max(most, name.length), 4);
    this.stage.measure(Math.min(170, 16 + longest * NAME_PX));
    this.shown = answer.bars.slice(0, Math.max(3, Math.floor(this.stage.size.height / BAR_PX)));
    if (!this.shown.length) return this.stage.end();
    const words = this.shown.map((bar) => (group ? `${placeText(value, bar.mean)}  n ${bar.n}` : placeText(value, bar.mean)));
    const room = 12 + words.reduce((most, one) => Math.max(most, one.length), 0) * NAME_PX;
    const range = barRange(value, this.shown, plot.log === "1", this.stage.size.width / Math.max(40, this.stage.size.width - room));
    const half = Math.min(HALF, (MOST_PX * this.shown.length) / this.stage.size.height / 2);
    const base = range.log || value.kind === "time" ? range.from : 0;
    const end = (bar) => bar.mean + (bar.std ?? 0);
    const labels = { kind: "text", words: this.shown.map((bar) => barName(bar, group)) };
    await this.drawBoxes("bars", value, labels, range, { from: this.shown.length - 0.4, to: -0.6, log: false }, {
      boxes: this.shown.map((bar, y) => ({ x: base, x2: bar.mean, y: y - half, y2: y + half, colour: this.#colour(bar) })),
      spans: this.shown.flatMap((bar, y) => (bar.std ? [{ x: range.log ? Math.max(range.from, bar.mean - bar.std) : bar.mean - bar.std, x2: end(bar), y }] : [])),
      words: this.shown.map((bar, y) => ({ x: Math.max(base, end(bar)), y, text: words[y] })),
    }, { x: titled(value, range.log), y: group ? group.title : "run" });
    this.mark();
  }

  #colour(bar) {
    const slot = this.table.selected().get(bar.run);
    return slot === undefined ? this.page.accent : this.page.runs[slot % 10];
  }

  highlight(run) {
    const place = (this.shown ?? []).findIndex((bar) => run && bar.run === run);
    const { width, height } = this.stage.size ?? {};
    this.stage.rings("hovered", place < 0 ? [] : [{ x: Math.max(0, toPixel(this.x, this.shown[place].mean, width)), y: height - toPixel(this.y, place, height), r: 6, colour: this.page.ink }]);
  }

  facts({ total, with: some, bars_total: all, axes }) {
    const { group, value } = axes;
    const words = [`${stepText(this.shown.length)} of ${stepText(all)} ${group ? (all === 1 ? "group" : "groups") : "runs"}, ${value.direction === "unknown" ? "the highest" : "the best"} first`];
    words.push(some < total ? `${stepText(some)} of ${stepText(total)} runs have ${value.title}` : `${stepText(total)} runs`);
    words.push(...lostWords(value));
    if (group) words.push("mean ± standard deviation");
    return words;
  }

  summary({ axes, bars }) {
    const { value, group } = axes;
    const said = bars.slice(0, 3).map((bar) => `${barName(bar, group)} ${placeText(value, bar.mean)}`);
    return `${value.title} of ${group ? `groups by ${group.title}` : "runs"}. First: ${said.join(", ")}.`;
  }

  #at(py) {
    const { height } = this.stage.size;
    const place = Math.round(fromPixel(this.y, height - py, height));
    return this.shown?.[place] ?? null;
  }

  point(px, py, event) {
    const bar = px === null ? null : this.#at(py);
    this.table.hover(bar?.run ?? null);
    if (!bar) return hideReadout();
    const { value, group } = this.answer.axes;
    const facts = group
      ? [["mean", placeText(value, bar.mean)], ["standard deviation", bar.std === null ? "– of one run" : figure(bar.std)], ["from", placeText(value, bar.min)], ["to", placeText(value, bar.max)], ["runs", stepText(bar.n)]]
      : [[value.title, placeText(value, bar.mean)]];
    showReadout(event, group ? `${group.title}: ${barName(bar, group)}` : bar.label, facts, group ? (bar.filter ? "Click: only these runs" : "") : this.table.about(bar.run));
  }

  press(px, py, event) {
    const bar = this.#at(py);
    if (bar?.run) this.table.press(bar.run, bar.label, event);
    else if (bar?.filter) this.table.only(bar.filter);
  }
}

// Along the bars: from zero, where that can be, made so many times wider for the words behind them.
function barRange(value, bars, log, wider) {
  const ends = bars.flatMap((bar) => (bar.std ? [bar.mean - bar.std, bar.mean + bar.std] : [bar.mean])).filter((end) => !log || end > 0);
  const range = extent(value, ends, log);
  if (log) return { ...range, to: range.from * (range.to / range.from) ** wider };
  const from = value.kind === "time" ? range.from : Math.min(0, ...ends);
  const to = value.kind === "time" ? range.to : Math.max(0, ...ends);
  return { from, to: from + ((to - from) * wider || 1), log: false };
}

function barName(bar, group) {
  if (bar.label === null) return "none";
  if (!group || group.kind === "text") return bar.label === "" ? "(empty)" : bar.label;
  return placeText(group, bar.label);
}

export class Histogram extends BoxPlot {
  async draw(answer, plot, page) {
    this.answer = answer;
    this.page = page;
    this.stage.measure();
    const { edges, words, parts, axes } = answer;
    this.columns = words.length || Math.max(0, edges.length - 1);
    if (!this.columns) return this.stage.end();
    this.colours = parts.map((part, place) => (part.others ? page.muted : parts.length === 1 && part.label === "runs" ? page.accent : page.runs[place % 10]));
    const log = plot.log === "1" && !words.length;
    const ends = words.length ? words.map((_, place) => [place - HALF, place + HALF]) : edges.slice(1).map((end, place) => [edges[place], end]);
    const boxes = [];
    this.totals = ends.map(([x, x2], column) => {
      let y = 0;
      parts.forEach(({ counts }, place) => {
        if (counts[column]) boxes.push({ x, x2, y, y2: y + counts[column], colour: this.colours[place] });
        y += counts[column];
      });
      return y;
    });
    const range = words.length ? { from: -0.6, to: words.length - 0.4, log: false } : { from: edges[0], to: edges.at(-1), log };
    const counts = { kind: "number", words: [] };
    await this.drawBoxes("boxes", { ...axes.value, words }, counts, range, { from: 0, to: Math.max(...this.totals) * 1.06, log: false }, { boxes }, { x: titled(axes.value, log), y: "runs" });
  }

  legend() {
    const { group } = this.answer.axes;
    return group && this.colours ? keyList(this.key(), group.title) : null;
  }

  // What its colours mean: [colour, words, how many], …
  key() {
    const { parts, axes } = this.answer;
    const sum = (counts) => counts.reduce((a, b) => a + b, 0);
    return axes.group ? parts.map((part, place) => [this.colours[place], partName(part, axes.group), sum(part.counts)]) : [];
  }

  facts({ total, with: some, counted, axes, edges }) {
    const words = [some < total ? `${stepText(some)} of ${stepText(total)} runs have ${axes.value.title}` : `${stepText(total)} runs`];
    if (counted < some) words.push(`${stepText(counted)} in the ${this.columns} most frequent values`);
    words.push(...lostWords(axes.value));
    if (edges.length) words.push(`${edges.length - 1} ${edges.length === 2 ? "bin" : "bins"}`);
    return words;
  }

  summary({ axes, with: some }) {
    if (!this.columns) return `${axes.value.title}: no run has it.`;
    const most = this.totals.indexOf(Math.max(...this.totals));
    return `How ${axes.value.title} is spread over ${some} runs. Most, ${this.totals[most]}, are ${this.#name(most)}.`;
  }

  #name(column) {
    const { edges, words, axes } = this.answer;
    return words.length ? words[column] || "(empty)" : `${placeText(axes.value, edges[column])} – ${placeText(axes.value, edges[column + 1])}`;
  }

  #column(px) {
    const { edges, words } = this.answer;
    const at = fromPixel(this.x, px, this.stage.size.width);
    const column = words.length ? Math.round(at) : edges.findLastIndex((edge) => edge <= at);
    return Math.min(this.columns - 1, Math.max(0, column));
  }

  point(px, py, event) {
    if (px === null || !this.columns) return hideReadout();
    const column = this.#column(px);
    const { parts, axes } = this.answer;
    const some = parts.filter((part) => part.counts[column]);
    const facts = axes.group ? some.map((part) => [partName(part, axes.group), stepText(part.counts[column])]) : [["runs", stepText(this.totals[column])]];
    showReadout(event, this.#name(column), facts, axes.value.filters ? "Click or drag: only these runs" : "");
  }

  press(px) {
    if (this.columns) this.#narrow(this.#column(px), this.#column(px));
  }

  brush(across) {
    this.#narrow(...across.map((px) => this.#column(px)));
  }

  #narrow(first, last) {
    const { edges, words, axes } = this.answer;
    const { text, filters, title, kind } = axes.value;
    if (words.length) this.table.narrow([{ text, filters, title, words: words.slice(first, last + 1) }]);
    else this.table.narrow([{ text, filters, title, kind, low: kind === "time" ? Math.floor(edges[first]) : edges[first], high: kind === "time" ? Math.ceil(edges[last + 1]) : edges[last + 1] }]);
  }
}

function partName(part, group) {
  if (part.others) return part.label;
  if (part.label === null) return "none";
  return group.kind === "text" ? part.label || "(empty)" : placeText(group, part.label);
}
