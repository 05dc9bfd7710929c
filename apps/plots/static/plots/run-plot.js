// One plot beside the run table: what it shows is chosen in its head, what it drew is said at its foot.
import { BarPlot, Histogram } from "./box-plots.js";
import { csvText, saveFile } from "./downloads.js";
import { ImportancePlot } from "./importance-plot.js";
import { chooseName } from "./name-choice.js";
import { ParallelPlot } from "./parallel-plot.js";
import { ask } from "./plot-client.js";
import { pageColours } from "./plot-colours.js";
import { openMenu } from "./plot-menu.js";
import { question } from "./plot-state.js";
import { ScatterPlot } from "./scatter-plot.js";
import { filling } from "./whole-page.js";

const BUSY_MS = 200;
const AGAIN_MS = 4000;
const RETRIES = 15;
const EACH = "each run";
const NO_COLOUR = "one colour";
// Of each kind: what draws it, what its head says, and the names one chooses there: [parameter, words for no name].
const KINDS = {
  scatter: { Drawing: ScatterPlot, head: [["y"], "over", ["x"], "in", ["colour", NO_COLOUR]], name: "Scatter plot" },
  bars: { Drawing: BarPlot, head: [["value"], "of", ["group", EACH]], name: "Bars" },
  histogram: { Drawing: Histogram, head: ["runs by", ["value"], "in", ["group", NO_COLOUR]], name: "Histogram" },
  parallel: { Drawing: ParallelPlot, head: ["parallel coordinates in", ["colour", NO_COLOUR]], name: "Parallel coordinates" },
  importance: { Drawing: ImportancePlot, head: ["what went with", ["target"]], name: "Importance" },
};
const LABELS = { x: "Along x", y: "Along y", colour: "Coloured by", size: "Sized by", value: "Value", group: "Grouped by", target: "Target" };

class RunPlot extends HTMLElement {
  // table: what it may do to the table (run-plots.js of the workspace); plot: as plot-state.js reads it.
  begin(table, plot) {
    this.table = table;
    this.plot = plot;
    this.kind = KINDS[plot.kind];
    this.innerHTML = FRAME;
    [this.head, this.body, this.key, this.said, this.foot] = ["head", "body", "key", "said", "foot"].map((part) => this.querySelector(`[data-part=${part}]`));
    this.setAttribute("role", "group");
    this.setAttribute("aria-label", this.kind?.name ?? "Plot");
    if (!this.kind) return this.#unknown();
    this.drawing = new this.kind.Drawing(this.body, table);
    this.filling = filling(this);
    this.addEventListener("click", (event) => this.#clicked(event));
    this.observer = new ResizeObserver(() => this.#resized());
    this.observer.observe(this.body);
    this.look = () => this.redraw();
    document.addEventListener("paceline:look", this.look);
    this.#head();
    return undefined;
  }

  end() {
    this.asking?.abort();
    this.observer?.disconnect();
    document.removeEventListener("paceline:look", this.look);
    this.drawing?.end();
    this.filling?.(false);
    this.remove();
  }

  // Shows a plot over the runs of the page's URL; what is there already is not asked for again.
  show(plot, search) {
    this.plot = plot;
    if (!this.kind) return;
    const filter = this.table.filterFor(plot);
    const asked = String(question(plot, search, filter));
    this.#head();
    if (asked === this.asked) {
      if (this.answer) this.redraw();
      return;
    }
    this.asked = asked;
    this.load();
  }

  // Asks for its data. quiet: what is drawn stays until there is something newer.
  async load({ quiet = false } = {}) {
    this.asking?.abort();
    const mine = (this.asking = new AbortController());
    const busy = setTimeout(() => !quiet && this.setAttribute("aria-busy", "true"), BUSY_MS);
    try {
      await this.#take(await ask(`${this.table.api}${this.plot.kind}/`, this.asked, mine.signal), mine);
      if (this.plot.kind === "importance") await this.#fitted(mine);
    } catch (error) {
      if (error.name !== "AbortError" && !quiet) this.fail(error.message, true);
    } finally {
      clearTimeout(busy);
      if (mine === this.asking) this.removeAttribute("aria-busy");
    }
  }

  // The forest of an importance comes seconds after its ranks.
  async #fitted(mine) {
    if (this.answer.problem) return;
    for (let turn = 0; turn < RETRIES; turn += 1) {
      try {
        return await this.#take(await ask(`${this.table.api}importance/`, `${this.asked}&fit=1`, mine.signal), mine);
      } catch (error) {
        if (error.name === "AbortError") throw error;
        if (error.code !== "importance_busy") return this.#foot([...this.drawing.facts(this.answer, this.plot), error.message]);
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
      }
    }
    return undefined;
  }

  async #take(answer, mine) {
    if (mine !== this.asking || mine.signal.aborted) return;
    this.answer = answer;
    this.answered = this.plot;
    await this.redraw();
  }

  async redraw() {
    if (!this.answer) return;
    const { answer, plot } = this;
    this.#head();
    const nothing = emptiness(answer, plot);
    this.#say(nothing);
    this.body.classList.toggle("none", nothing !== "");
    try {
      await this.drawing.draw(answer, plot, pageColours(this));
    } catch (error) {
      return this.fail(`It could not be drawn: ${error.message}`);
    }
    if (answer !== this.answer) return;
    this.key.replaceChildren(...[nothing ? null : this.drawing.legend()].filter(Boolean));
    this.#foot(this.drawing.facts(answer, plot));
    this.#describe(nothing || this.drawing.summary(answer));
    this.dataset.state = "drawn";
  }

  mark() {
    this.drawing?.mark();
  }

  highlight(run) {
    this.drawing?.highlight(run);
  }

  fail(message, retry = false) {
    this.dataset.state = "failed";
    this.body.classList.add("none");
    this.key.replaceChildren();
    this.#foot([]);
    this.#say(message);
    if (!retry) return;
    const button = Object.assign(document.createElement("button"), { type: "button", className: "button small", textContent: "Try again" });
    button.addEventListener("click", () => this.load());
    this.said.append(button);
  }

  // The name along an axis as people call it, known once there is an answer.
  titleOf(what) {
    const { answer, plot } = this;
    const axis = what === "target" ? answer?.target : what === "colour" && plot.kind === "parallel" ? answer?.colour : answer?.axes?.[what];
    return axis && this.answered[what] === plot[what] ? axis.title : plot[what];
  }

  choose(what, button) {
    const none = { colour: NO_COLOUR, size: "one size", group: this.plot.kind === "bars" ? EACH : NO_COLOUR }[what];
    chooseName(button, {
      columns: this.table.columns, current: this.plot[what] ?? "", none, label: LABELS[what],
      pick: (text) => this.change(what === "x" || what === "y" ? { [what]: text, [`${what}_log`]: "" } : what === "value" ? { value: text, log: "" } : { [what]: text }),
    });
  }

  change(changes) {
    this.table.change({ ...this.plot, ...changes });
  }

  whole() {
    this.filling(!this.classList.contains("whole"));
  }

  async save(type) {
    const name = [this.plot.kind, this.titleOf("y") ?? this.titleOf("value") ?? this.titleOf("target"), this.titleOf("x")].filter(Boolean).join(" ").replace(/[^\p{L}\p{N}._-]+/gu, "-").slice(0, 80);
    try {
      if (type === "csv") saveFile(`${name}.csv`, this.#csv(), "text/csv;charset=utf-8");
      else saveFile(`${name}.${type}`, await this.drawing.image(type, { title: this.#title(), said: this.foot.textContent }), type === "svg" ? "image/svg+xml" : "image/png");
    } catch (error) {
      this.table.say(`It was not saved: ${error.message}`);
    }
  }

  get title() {
    return this.#title() || this.kind.name;
  }

  #title() {
    const names = [this.titleOf("y") ?? this.titleOf("value"), this.titleOf("x")].filter(Boolean).join(" over ");
    return this.plot.group ? `${names} by ${this.titleOf("group")}` : names;
  }

  // The numbers it was drawn from; those of all runs are in the table's own export.
  #csv() {
    const { answer, plot } = this;
    if (plot.kind === "importance") return this.drawing.csv();
    if (plot.kind === "bars") return csvText([["label", "n", "mean", "std", "min", "max"], ...answer.bars.map((bar) => [bar.label, bar.n, bar.mean, bar.std, bar.min, bar.max])]);
    if (plot.kind === "histogram") {
      const places = answer.words.length ? answer.words.map((word) => [word]) : answer.edges.slice(1).map((end, place) => [answer.edges[place], end]);
      return csvText([[...(answer.words.length ? [answer.axes.value.text] : ["from", "to"]), ...answer.parts.map((part) => part.label ?? "none")], ...places.map((cells, column) => [...cells, ...answer.parts.map((part) => part.counts[column])])]);
    }
    const axes = plot.kind === "scatter" ? Object.values(answer.axes) : answer.axes;
    const value = (axis, place) => (axis.kind === "text" && axis.values[place] !== null ? axis.words[axis.values[place]] : axis.values[place]);
    return csvText([["run", "name", ...axes.map((axis) => axis.text)], ...answer.runs.map((run, place) => [run, answer.names[place], ...axes.map((axis) => value(axis, place))])]);
  }

  #head() {
    const parts = this.kind.head.map((part) => (typeof part === "string" ? word(part) : this.#choice(part[0], part[1] ?? "choose")));
    const held = this.head.contains(document.activeElement) ? document.activeElement.dataset.what : null;
    this.head.replaceChildren(...parts);
    if (held) this.head.querySelector(`[data-what="${held}"]`)?.focus();
  }

  #choice(what, none) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "plot-name";
    button.dataset.what = what;
    const chosen = this.plot[what];
    button.textContent = chosen ? this.titleOf(what) : none;
    button.title = `${LABELS[what]}: ${chosen || none}`;
    button.setAttribute("aria-label", `${LABELS[what]}: ${chosen ? this.titleOf(what) : none}`);
    button.setAttribute("aria-haspopup", "dialog");
    button.classList.toggle("off", !chosen);
    return button;
  }

  #clicked(event) {
    const button = event.target.closest("button");
    if (button?.dataset.what) this.choose(button.dataset.what, button);
    else if (button?.dataset.act === "whole") this.whole();
    else if (button?.dataset.act === "menu") openMenu(this, button);
    else if (button?.dataset.act === "remove") this.table.remove();
  }

  #resized() {
    const { width, height } = this.body.getBoundingClientRect();
    if (this.answer && this.plot.kind !== "importance" && `${width} ${height}` !== this.room) this.redraw();
    this.room = `${width} ${height}`;
  }

  #say(text) {
    this.said.textContent = text;
    this.said.hidden = !text;
  }

  #foot(words) {
    this.foot.textContent = words.join(" · ");
    this.foot.title = words.join(" · ");
  }

  #describe(text) {
    if (this.plot.kind === "importance" || this.plot.kind === "parallel") return this.setAttribute("aria-label", `${this.kind.name}: ${text}`);
    this.body.setAttribute("role", "img");
    return this.body.setAttribute("aria-label", text);
  }

  #unknown() {
    this.said.hidden = false;
    this.said.textContent = "This address asks for a kind of plot that there is not.";
    this.addEventListener("click", (event) => event.target.closest("[data-act=remove]") && this.table.remove());
  }
}

// Why nothing can be drawn; "" when something can.
function emptiness(answer, plot) {
  if (plot.kind === "importance") return answer.problem ?? "";
  const axes = plot.kind === "parallel" ? answer.axes : Object.values(answer.axes);
  const gone = axes.find((axis) => !axis.known);
  if (gone) return `No run of this project has ${gone.text}: choose another name.`;
  if (!answer.total) return "No run passes the filter.";
  if (plot.kind === "bars" && answer.axes.value.kind === "text") return `${answer.axes.value.title} holds texts, which have no bars: choose a number, or a histogram.`;
  if (!answer.with) return axes.length > 1 ? `None of the ${answer.total} runs has ${plot.kind === "parallel" ? "a value on every axis" : "both"}.` : `None of the ${answer.total} runs has ${axes[0].title}.`;
  return "";
}

function word(text) {
  return Object.assign(document.createElement("span"), { textContent: text });
}

const FRAME = `
  <header class="plot-head"><div data-part="head" class="plot-names"></div>
    <button type="button" class="icon" data-act="menu" title="Scales, ranges, files" aria-label="Scales, ranges, files" aria-haspopup="dialog"><svg viewBox="0 0 16 16" aria-hidden="true"><path d="M3.5 8h.01M8 8h.01M12.5 8h.01" stroke-width="2.2"/></svg></button>
    <button type="button" class="icon" data-act="whole" title="Fill the page" aria-label="Fill the page" aria-pressed="false"><svg viewBox="0 0 16 16" aria-hidden="true"><path d="M9.5 3H13v3.5M6.5 13H3V9.5M13 3 9 7M3 13l4-4"/></svg></button>
    <button type="button" class="icon" data-act="remove" title="Remove the plot" aria-label="Remove the plot"><svg viewBox="0 0 16 16" aria-hidden="true"><path d="m4.5 4.5 7 7M11.5 4.5l-7 7"/></svg></button></header>
  <div data-part="key" class="plot-key-place"></div>
  <div data-part="body" class="plot-body"></div>
  <p data-part="said" class="plot-said" role="status" hidden></p>
  <p data-part="foot" class="plot-foot"></p>`;

customElements.define("run-plot", RunPlot);
