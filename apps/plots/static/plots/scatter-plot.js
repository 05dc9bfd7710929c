// A dot for each run. A dragged rectangle narrows the table, a click finds the run in it.
import { stepText } from "../panels/numbers.js";
import { extent, fromPixel, isLog, isolated, pixelStep, placeText, reach, ticksOf, toPixel } from "./axes.js";
import { rounded } from "./filter-ranges.js";
import { colouring } from "./plot-colours.js";
import { hideReadout, showReadout } from "./plot-readout.js";
import { PlotStage } from "./plot-stage.js";

const NEAR_PX = 16;
const AREA = [18, 160]; // px² of a dot by its size
const JITTER = 0.24; // of the room of a text, so that dots do not hide each other
const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";

export class ScatterPlot {
  constructor(host, table) {
    this.table = table;
    this.logs = new Map();
    this.stage = new PlotStage(host, {
      point: (px, py, event) => this.#point(px, py, event),
      press: (px, py, event) => this.#press(px, py, event),
      brush: (x, y) => this.#brush(x, y),
      again: () => table.widen(this.#texts()),
    });
  }

  async draw(answer, plot, page) {
    const { x, y, colour, size } = answer.axes;
    this.answer = answer;
    this.plot = plot;
    this.page = page;
    const pixels = this.stage.measure();
    this.x = extent(x, x.values, this.#isLog(plot.x_log, x));
    this.y = extent(y, y.values, this.#isLog(plot.y_log, y));
    if (!this.x || !this.y) return this.stage.end();
    this.colours = colouring(colour, page);
    const places = { x: spread(x, answer.runs, 3), y: spread(y, answer.runs, 7) };
    const areas = sized(size, answer.drawn);
    this.dots = answer.runs.map((run, place) => ({
      run, place, x: places.x[place], y: places.y[place], size: areas[place],
      colour: this.colours.colour(colour ? colour.values[place] : null), opacity: answer.drawn > 400 ? 0.55 : 0.8,
    }));
    this.byRun = new Map(this.dots.map((dot) => [dot.run, dot]));
    for (const dot of this.dots) {
      dot.px = toPixel(this.x, dot.x, pixels.width);
      dot.py = pixels.height - toPixel(this.y, dot.y, pixels.height);
    }
    const front = plot.line === "1" && answer.front ? answer.front.at.map((place) => ({ x: x.values[place], y: y.values[place] })) : [];
    const name = `dots-${this.x.log ? "log" : "linear"}-${this.y.log ? "log" : "linear"}`;
    const drawn = await this.stage.draw(name, (vega) => signals(vega, x, y, this.x, this.y, pixels, page), { dots: this.dots, front }, { x: titled(x, this.x.log), y: titled(y, this.y.log) });
    if (drawn) this.mark();
  }

  // An axis stays as it was found to be while the table is narrowed.
  #isLog(said, axis) {
    if (said) return isLog(said, axis);
    if (!this.logs.has(axis.text)) this.logs.set(axis.text, isLog("", axis));
    return this.logs.get(axis.text) && axis.kind === "number" && (reach(axis.values)?.low ?? 0) > 0;
  }

  // Rings around the best run, the selected ones and the one that is pointed at.
  mark() {
    if (!this.byRun) return;
    const ring = (dot, colour, more) => ({ x: dot.px, y: dot.py, r: Math.sqrt(dot.size / Math.PI) + more, colour });
    const chosen = [...this.table.selected()].filter(([run]) => this.byRun.has(run)).map(([run, slot]) => ring(this.byRun.get(run), this.page.runs[slot % 10], 3));
    const best = this.dots[this.answer.best];
    this.stage.rings("chosen", best ? [...chosen, ring(best, this.page.ink, 2)] : chosen);
    this.highlight(this.hovered ?? null);
  }

  highlight(run) {
    this.hovered = run;
    const dot = run && this.byRun?.get(run);
    this.stage.rings("hovered", dot ? [{ x: dot.px, y: dot.py, r: Math.sqrt(dot.size / Math.PI) + 4.5, colour: this.page.ink }] : []);
  }

  legend() {
    return this.colours?.legend() ?? null;
  }

  // What is drawn, as words; "" when nothing is missing.
  facts({ total, with: both, drawn, axes, front, best, names }, plot) {
    const words = [];
    if (drawn < both) words.push(`${stepText(drawn)} of ${stepText(both)} runs drawn, evenly by id`);
    words.push(both < total ? `${stepText(both)} of ${stepText(total)} runs have both` : `${stepText(total)} runs`);
    for (const axis of [axes.x, axes.y]) words.push(...lostWords(axis));
    if (best !== null) words.push(`○ best: ${isolated(names[best])} ${placeText(axes.y, axes.y.values[best])}`);
    if (plot.line === "1") words.push(front ? (front.kind === "pareto" ? "line: no run is better in both" : "line: best so far") : `no line: say which end of ${isolated(axes.y.title)} is good`);
    return words;
  }

  summary({ axes, names, best, with: both }) {
    const along = (axis) => {
      const found = reach(axis.values);
      return !found ? "no value" : axis.kind === "text" ? `${axis.words.length} values` : `${placeText(axis, found.low)} to ${placeText(axis, found.high)}`;
    };
    const ending = best === null ? "" : ` The best is ${isolated(names[best])} with ${placeText(axes.y, axes.y.values[best])}.`;
    const [x, y] = [isolated(axes.x.title), isolated(axes.y.title)];
    return `${y} over ${x} of ${both} runs. ${x}: ${along(axes.x)}. ${y}: ${along(axes.y)}.${ending}`;
  }

  image(type, facts) {
    return this.stage.image(type, { ...facts, names: this.colours.names(), look: this.page });
  }

  end() {
    this.stage.end();
    hideReadout();
  }

  #texts() {
    return [this.answer.axes.x.text, this.answer.axes.y.text];
  }

  #near(px, py) {
    let found = null;
    let distance = NEAR_PX;
    for (const dot of this.dots ?? []) {
      const far = Math.hypot(dot.px - px, dot.py - py);
      if (far < distance) [found, distance] = [dot, far];
    }
    return found;
  }

  #point(px, py, event) {
    const dot = px === null ? null : this.#near(px, py);
    if (dot?.run !== this.pointed) {
      this.pointed = dot?.run;
      this.table.hover(dot?.run ?? null);
    }
    if (!dot) return hideReadout();
    const { axes, names } = this.answer;
    const shown = [...new Map(Object.values(axes).map((axis) => [axis.text, axis])).values()];
    showReadout(event, names[dot.place], shown.map((axis) => [axis.title, placeText(axis, axis.values[dot.place])]), this.table.about(dot.run));
  }

  #press(px, py, event) {
    const dot = this.#near(px, py);
    if (dot) this.table.press(dot.run, this.answer.names[dot.place], event);
  }

  #brush(across, down) {
    const { width, height } = this.stage.size;
    const { x, y } = this.answer.axes;
    const ranges = [brushed(x, this.x, across, width), brushed(y, this.y, [height - down[1], height - down[0]], height)];
    this.table.narrow(ranges);
  }
}

// The range of an axis between two pixels from its low end.
export function brushed(axis, range, ends, pixels) {
  const [low, high] = ends.map((pixel) => fromPixel(range, pixel, pixels));
  if (axis.kind === "text") return { text: axis.text, filters: axis.filters, title: axis.title, words: axis.words.filter((_, place) => place >= low - 0.3 && place <= high + 0.3) };
  if (axis.kind === "time") return { text: axis.text, filters: axis.filters, title: axis.title, kind: axis.kind, low: Math.floor(low), high: Math.ceil(high) };
  const [start, end] = [low, high].map((value) => rounded(value, pixelStep(range, value, pixels)));
  return { text: axis.text, filters: axis.filters, title: axis.title, low: start, high: end };
}

export function signals(vega, x, y, xRange, yRange, { width, height }, page) {
  const across = ticksOf(vega, x, xRange, width, 64);
  const along = ticksOf(vega, y, yRange, height, 36);
  return {
    x_from: xRange.from, x_to: xRange.to, y_from: yRange.from, y_to: yRange.to, x_ticks: across.ticks, x_labels: across.labels, y_ticks: along.ticks, y_labels: along.labels,
    ink: page.ink, muted: page.muted, hairline: page.hairline, accent: page.accent,
  };
}

// An axis's title, with its good end and its scale.
export function titled(axis, log) {
  const good = { min: " ↓ lower is better", max: " ↑ higher is better", unknown: "" }[axis.direction];
  return `${isolated(axis.title)}${log ? ", log" : ""}${good}`;
}

export function lostWords(axis) {
  const words = { not_positive: `≤ 0 in ${isolated(axis.title)}, not on log`, other_kind: axis.kind === "text" ? `numbers in ${isolated(axis.title)}` : `texts in ${isolated(axis.title)}` };
  return Object.entries(axis.lost).map(([why, lost]) => `${stepText(lost)} ${words[why]}`);
}

// Places along an axis; those of texts are spread around the text's place by the run's id, always the same way.
function spread(axis, runs, salt) {
  if (axis.kind !== "text") return axis.values;
  return axis.values.map((place, at) => {
    const characters = [...runs[at]].slice(-4);
    const share = characters.reduce((sum, one, power) => (sum * 32 + ALPHABET.indexOf(one) * (power + salt)) % 1009, salt) / 1009;
    return place + (share * 2 - 1) * JITTER;
  });
}

function sized(axis, drawn) {
  if (!axis) return new Array(drawn).fill(drawn > 1500 ? 22 : 44);
  const { low, high } = reach(axis.values) ?? { low: 0, high: 0 };
  return axis.values.map((value) => (value === null ? AREA[0] / 2 : high === low ? AREA[0] * 2 : AREA[0] + ((value - low) / (high - low)) * (AREA[1] - AREA[0])));
}
