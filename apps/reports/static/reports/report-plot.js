// A plot of runs in a report: drawn from the answer that the page holds, and nothing is asked for. A pointed dot is said, a pressed one leads to its run.
import { BarPlot, Histogram } from "../plots/box-plots.js";
import { ParallelPlot } from "../plots/parallel-plot.js";
import { pageColours } from "../plots/plot-colours.js";
import { ScatterPlot } from "../plots/scatter-plot.js";

const DRAWINGS = { scatter: ScatterPlot, bars: BarPlot, histogram: Histogram, parallel: ParallelPlot };

class ReportPlot extends HTMLElement {
  connectedCallback() {
    const { plot, answer } = JSON.parse(document.getElementById(this.dataset.plot).textContent);
    [this.key, this.body, this.foot] = ["key", "body", "foot"].map((part) => this.querySelector(`[data-part=${part}]`));
    this.plot = plot;
    this.answer = withoutFilters(answer);
    this.drawing = new DRAWINGS[plot.kind](this.body, this.#page());
    this.look = () => this.draw();
    document.addEventListener("paceline:look", this.look);
    this.observer = new ResizeObserver(() => this.draw());
    this.observer.observe(this.body);
  }

  disconnectedCallback() {
    this.observer.disconnect();
    document.removeEventListener("paceline:look", this.look);
    this.drawing.end();
  }

  async draw() {
    try {
      await this.drawing.draw(this.answer, this.plot, pageColours(this));
    } catch (error) {
      return this.#fail(`It could not be drawn: ${error.message}`);
    }
    this.key.replaceChildren(...[this.drawing.legend()].filter(Boolean));
    this.#describe(this.drawing.summary(this.answer));
    this.foot.textContent = this.drawing.facts(this.answer, this.plot).filter((words) => !words.includes("drag ")).join(" · ");
    this.dataset.state = "drawn";
    return undefined;
  }

  // The lines of parallel coordinates are in a frame, which a picture must not hold.
  #describe(text) {
    if (this.plot.kind === "parallel") return this.setAttribute("aria-label", text);
    this.body.setAttribute("role", "img");
    return this.body.setAttribute("aria-label", text);
  }

  #fail(message) {
    this.dataset.state = "failed";
    this.foot.textContent = message;
  }

  // What a plot may do to the page around it: there is no table to narrow.
  #page() {
    return {
      frame: this.dataset.frame,
      selected: () => new Map(),
      range: () => null,
      hover: () => {},
      narrow: () => {},
      widen: () => {},
      only: () => {},
      about: () => "Click: its page",
      press: (run) => location.assign(`/runs/${run}/`),
      fail: (message) => this.#fail(message),
    };
  }
}

// An answer of which nothing narrows a table.
function withoutFilters(answer) {
  const axes = Array.isArray(answer.axes) ? answer.axes : Object.values(answer.axes);
  for (const axis of axes) axis.filters = false;
  for (const bar of answer.bars ?? []) bar.filter = null;
  return answer;
}

customElements.define("report-plot", ReportPlot);
