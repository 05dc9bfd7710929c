// The plots above the run table: over exactly its runs. A brush narrows the table, a run pointed at in one is marked in the other.
import { freeSlot } from "../panels/colours.js";
import "../plots/run-plot.js";
import { isolated } from "../plots/axes.js";
import { partsOf, rangeOf, withoutRanges, withRanges } from "../plots/filter-ranges.js";
import { ask } from "../plots/plot-client.js";
import { MOST, plotsOf, withPlots } from "../plots/plot-state.js";
import { filterOf } from "../plots/report-block.js";
import { isLive } from "./live-page.js";
import { toast } from "../core/toasts.js";

const FOLLOW_MS = 15_000; // plots of running runs are read again as often

class RunPlots extends HTMLElement {
  connectedCallback() {
    customElements.whenDefined("run-table").then(() => this.#begin());
  }

  #begin() {
    this.table = this.closest("run-table");
    this.figures = [];
    this.table.addEventListener("click", (event) => {
      const kind = event.target.closest("[data-add-plot]")?.dataset.addPlot;
      if (kind) this.#add(kind);
    });
    this.table.addEventListener("table:fresh", () => this.#sync());
    document.addEventListener("paceline:fresh", () => (this.stale = true));
    this.table.addEventListener("table:selected", () => this.figures.forEach((figure) => figure.mark()));
    this.table.addEventListener("table:current", (event) => this.#highlight(event.detail.run));
    this.table.box.addEventListener("pointerover", (event) => this.#highlight(event.target.closest("[data-run]")?.dataset.run ?? null));
    this.table.box.addEventListener("pointerleave", () => this.#highlight(null));
    addEventListener("popstate", () => this.#sync());
    setInterval(() => this.#follow(), FOLLOW_MS);
    this.#sync();
  }

  // Shows what the page's URL says.
  #sync() {
    const plots = plotsOf(location.search);
    const same = plots.length === this.figures.length && plots.every((plot, place) => plot.kind === this.figures[place].plot.kind);
    if (!same) {
      for (const figure of this.figures) figure.end();
      this.replaceChildren();
      this.figures = plots.map((plot) => this.#figure(plot));
    }
    this.hidden = !plots.length;
    plots.forEach((plot, place) => this.figures[place].show(plot, location.search));
  }

  #figure(plot) {
    const figure = document.createElement("run-plot");
    figure.dataset.kind = plot.kind;
    this.append(figure);
    figure.begin(this.#tableOf(figure), plot);
    return figure;
  }

  // What a plot may know of the table and do to it.
  #tableOf(figure) {
    const { api, columns, frame } = this.dataset;
    const place = () => this.figures.indexOf(figure);
    const others = () => plotsOf(location.search);
    return {
      api, columns, frame,
      project: "writes" in this.table.dataset ? this.table.dataset.project : "",
      runs: () => filterOf(filterNow(), new URLSearchParams(location.search).getAll("state")),
      filterFor: (plot) => (plot.kind === "parallel" ? withoutRanges(filterNow(), plot.col.flatMap((text) => [text, `${text}.last`])) : filterNow()), // it shows its own brushes on its axes
      change: (plot) => this.#write(others().with(place(), plot)),
      remove: () => this.#remove(place()),
      move: (by) => this.#move(place(), by),
      narrow: (ranges, gone = []) => this.#narrow(ranges, gone),
      widen: (texts) => this.#filter(withoutRanges(filterNow(), texts)),
      only: (filter) => this.#filter([...partsOf(filterNow()).filter((part) => part !== filter), filter].join(" and "), `Only runs with ${filter}.`),
      range: (text) => rangeOf(filterNow(), text),
      selected: () => this.#slots(),
      hover: (run) => this.#hover(run, figure),
      about: (run) => (this.#row(run) ? "Click: its row. Shift click: select it" : "Not on this page of the table. Shift click: select it"),
      press: (run, name, event) => this.#press(run, name, event),
      scatter: (x, y) => this.#write([...others(), { kind: "scatter", x, y, col: [] }]),
      fail: (message) => figure.fail(message),
      say: (message) => toast(message),
    };
  }

  #write(plots) {
    if (plots.length > MOST) return toast(`A table has at most ${MOST} plots: remove one first.`);
    const done = this.table.go(withPlots(location.search, plots));
    this.#sync();
    return done;
  }

  #remove(place) {
    const plots = plotsOf(location.search);
    this.#write(plots.filter((_, at) => at !== place));
    toast("Removed the plot.", { act: "Undo", then: () => this.#write(plots) });
  }

  #move(place, by) {
    const plots = plotsOf(location.search);
    const to = Math.min(plots.length - 1, Math.max(0, place + by));
    plots.splice(to, 0, ...plots.splice(place, 1));
    this.#write(plots);
  }

  // A new plot begins with the first metric that the table shows, and the settings that go with it most.
  async #add(kind) {
    this.table.querySelector("#plots-menu")?.hidePopover();
    const params = new URLSearchParams();
    const now = new URLSearchParams(location.search);
    for (const name of ["filter", "state", "archived"]) for (const value of now.getAll(name)) params.append(name, value);
    const shown = [...this.table.querySelectorAll("thead th[data-column]")].map((head) => head.dataset.column);
    const metric = shown.find((column) => column.startsWith("metric")) ?? shown.find((column) => column.startsWith("summary"));
    if (metric) params.set("target", metric);
    try {
      const { target, parameters } = await ask(`${this.dataset.api}suggestion/`, params);
      const [first] = parameters;
      const y = target ?? "took";
      const begun = {
        scatter: { x: first ?? "created", y }, bars: { value: y }, histogram: { value: y }, importance: { target: y },
        parallel: { col: [...new Set([...parameters.slice(0, 4), ...(parameters.length ? [] : ["created"]), y])], colour: target ?? "" },
      }[kind];
      await this.#write([...plotsOf(location.search), { kind, col: [], ...begun }]);
      this.figures.at(-1)?.scrollIntoView({ inline: "end", block: "nearest" });
    } catch (error) {
      toast(`The plot was not added: ${error.message}`);
    }
  }

  #narrow(ranges, gone) {
    const able = ranges.filter((range) => range.filters && (range.words ? range.words.length : range.low <= range.high));
    const not = ranges.filter((range) => !range.filters).map((range) => isolated(range.title));
    if (!able.length && !gone.length) return toast(not.length ? `Runs cannot be filtered by ${not.join(" and ")}.` : "There is no run in there.");
    const filter = withRanges(withoutRanges(filterNow(), gone), able);
    return this.#filter(filter, `Narrowed by ${able.map((range) => isolated(range.title)).join(" and ")}${not.length ? `, not by ${not.join(" and ")}` : ""}.`);
  }

  // The table with another filter: as if it was written into its box. said: what to say of it, with a way back.
  #filter(filter, said = "") {
    if (filter === filterNow()) return;
    const params = new URLSearchParams(location.search);
    for (const name of ["fresh", "cursor", "filter"]) params.delete(name);
    if (filter) params.set("filter", filter);
    this.table.go(params.size ? `?${params}` : "?fresh=1");
    this.#sync();
    if (said) toast(said, { act: "Undo", then: () => history.back() });
  }

  #row(run) {
    return this.table.querySelector(`tbody [data-run="${CSS.escape(run)}"]`);
  }

  #hover(run, figure) {
    for (const row of this.table.querySelectorAll("tr.pointed")) row.classList.remove("pointed");
    if (run) this.#row(run)?.classList.add("pointed");
    this.#highlight(run, figure);
  }

  #highlight(run) {
    for (const figure of this.figures) figure.highlight(run);
  }

  #press(run, name, event) {
    const { selection } = this.table;
    if (event.shiftKey || event.ctrlKey || event.metaKey) return selection.set([{ dataset: { run, name } }], !selection.has(run));
    if (this.#row(run)) return this.table.pointAt(run);
    return toast(`${isolated(name)} is on another page of the table.`, { act: "Open it", then: () => (location.href = `/runs/${run}/`) });
  }

  // Selected runs have the colours they get on charts.
  #slots() {
    const taken = new Set();
    return new Map((this.table.selection?.ids ?? []).map((run) => {
      const slot = freeSlot(run, taken);
      taken.add(slot);
      return [run, slot];
    }));
  }

  #follow() {
    if (document.visibilityState !== "visible" || !this.stale || !isLive()) return;
    this.stale = false;
    for (const figure of this.figures) if (figure.plot.kind !== "importance" && figure.asked) figure.load({ quiet: true });
  }
}

function filterNow() {
  return new URLSearchParams(location.search).get("filter") ?? "";
}

customElements.define("run-plots", RunPlots);
