// Parallel coordinates by Plotly, in a frame of its own that may do nothing but draw. Its brushes narrow the table.
import { stepText } from "../panels/numbers.js";
import { SandboxedFrame } from "../panels/sandboxed-frame.js";
import { isLog, isolated, placeText, reach } from "./axes.js";
import { rounded } from "./filter-ranges.js";
import { colouring } from "./plot-colours.js";
import { isBrush, isImage, isTrouble } from "./frame-messages.js";

const STEPS = 300; // as fine as a brush is read: of an axis
const TICKS = 30; // texts that are written beside an axis
const WAIT_MS = 20_000;

export class ParallelPlot {
  constructor(host, table) {
    this.host = host;
    this.table = table;
    this.asked = new Map(); // images, by their number
  }

  async draw(answer, plot, page) {
    this.answer = answer;
    this.page = page;
    if (!this.frame) this.#open();
    await this.frame.ready;
    this.colours = colouring(answer.colour, page);
    this.logs = answer.axes.map((axis) => isLog("", axis));
    const { ink, muted, surface } = page;
    const axes = answer.axes.map((axis, place) => dimension(axis, this.logs[place], this.table.range(axis.text)));
    const shares = answer.colour ? answer.colour.values.map(this.colours.share) : new Array(answer.drawn).fill(0);
    this.frame.tell({ type: "draw", axes, shares, look: { ink, muted, surface, scale: this.colours.scale } });
  }

  #open() {
    this.host.replaceChildren();
    this.frame = new SandboxedFrame({ host: this.host, src: this.table.frame, title: "Parallel coordinates", mark: "plotly", hear: (data) => this.#hear(data) });
  }

  #hear(data) {
    if (isBrush(data, this.answer?.axes.length ?? 0)) this.#brush(data.axis, data.ranges);
    else if (isTrouble(data)) this.table.fail(`The lines could not be drawn here: ${data.message}`);
    else if (isImage(data) && this.asked.has(data.id)) {
      this.asked.get(data.id)(data.url);
      this.asked.delete(data.id);
    }
  }

  #brush(place, ranges) {
    const axis = this.answer.axes[place];
    if (!ranges) return this.table.widen([axis.text]);
    const [low, high] = this.logs[place] ? ranges.map((power) => 10 ** power) : ranges;
    const { text, filters, title, kind, words } = axis;
    if (kind === "text") return this.table.narrow([{ text, filters, title, words: words.filter((_, at) => at >= low - 0.01 && at <= high + 0.01) }]);
    if (kind === "time") return this.table.narrow([{ text, filters, title, kind, low: Math.floor(low), high: Math.ceil(high) }]);
    const all = reach(axis.values);
    const step = (value) => (this.logs[place] ? value / STEPS : (all.high - all.low) / STEPS);
    return this.table.narrow([{ text, filters, title, low: rounded(low, step(low)), high: rounded(high, step(high)) }]);
  }

  mark() {}

  highlight() {}

  legend() {
    return this.colours?.legend() ?? null;
  }

  facts({ total, with: every, drawn, axes }) {
    const words = [];
    if (drawn < every) words.push(`${stepText(drawn)} of ${stepText(every)} runs drawn, evenly by id`);
    words.push(every < total ? `${stepText(every)} of ${stepText(total)} runs have a value on every axis` : `${stepText(total)} runs`);
    const least = axes.reduce((a, b) => (b.with < a.with ? b : a));
    if (least.with < total) words.push(`${isolated(least.title)}: ${stepText(least.with)}`);
    words.push("drag along an axis to narrow the table, click it to widen");
    return words;
  }

  summary({ axes, with: every }) {
    return `${every} runs over ${axes.map((axis) => axis.title).join(", ")}.`;
  }

  image(type) {
    return new Promise((resolve, reject) => {
      const id = (this.count = (this.count ?? 0) + 1);
      this.asked.set(id, resolve);
      this.frame.tell({ type: "image", id, format: type });
      setTimeout(() => reject(new Error("the frame did not answer.")), WAIT_MS);
    });
  }

  end() {
    this.frame?.end();
  }
}

// An axis as the frame draws it, in powers of ten where it is logarithmic.
function dimension(axis, log, range) {
  const along = (value) => (log ? Math.log10(value) : value);
  const found = { label: log ? `${axis.title}, log` : axis.title, values: axis.values.map(along), brush: brushOf(axis, range)?.map(along) ?? null };
  if (axis.kind === "text") {
    const places = axis.words.map((_, place) => place);
    const shown = places.filter((place) => place % Math.ceil(places.length / TICKS) === 0);
    return { ...found, ticks: shown, labels: shown.map((place) => axis.words[place]) };
  }
  const { low, high } = reach(found.values) ?? { low: 0, high: 0 };
  const ticks = low < high ? [0, 1, 2, 3, 4].map((part) => low + ((high - low) * part) / 4) : [low];
  const label = (tick) => {
    const value = log ? 10 ** tick : tick;
    return placeText(axis, axis.kind === "number" ? rounded(value, log ? value / 10 : (high - low) / 100) : value);
  };
  return { ...found, ticks, labels: ticks.map(label) };
}

function brushOf(axis, range) {
  if (!range) return null;
  if (!range.words) return [range.low, range.high];
  const places = range.words.map((word) => axis.words.indexOf(word)).filter((place) => place >= 0);
  return places.length ? [Math.min(...places) - 0.3, Math.max(...places) + 0.3] : null;
}
