// The buttons, lists and the slider above the charts: they say what the view is, and change it.
import { halfLifeText, halfLives } from "./durations.js";
import { chip } from "./readout.js";
import { isMetric } from "./view-state.js";

const SLIDE_MS = 90;
const LISTED = 400; // metrics, at once

export class BoardControls {
  constructor(board) {
    this.board = board;
    this.extent = Infinity; // of x over everything drawn with the present axis
    board.addEventListener("click", (event) => this.#clicked(event));
    board.addEventListener("input", (event) => {
      if (event.target.dataset.choose === "smooth") this.#smooth(Number(event.target.value));
      if (event.target.dataset.choose === "metric") board.search(event.target.value.trim());
    });
    for (const name of ["pointerdown", "focusin"]) {
      board.addEventListener(name, (event) => {
        if (event.target.dataset.choose === "x") this.#offerMetrics(event.target);
      });
    }
    board.addEventListener("change", (event) => {
      if (event.target.dataset.choose === "group") board.group(event.target.value);
      if (event.target.dataset.choose === "spread") board.setAxis("spread", event.target.value);
      if (event.target.dataset.choose === "x") board.setAxis("x", event.target.value || "step");
    });
  }

  #clicked(event) {
    const button = event.target.closest("button");
    if (!button) return;
    const panel = button.closest("figure")?.querySelector("panel-chart");
    if (button.dataset.set) this.board.setAxis(...button.dataset.set.split(":"));
    else if (button.dataset.act === "reset") this.board.zoom(null, null);
    else if (button.dataset.act === "enlarge") this.board.enlarge(panel.key);
    else if (button.dataset.act === "menu") import("./panel-actions.js").then(({ openPanelMenu }) => openPanelMenu(this.board, panel, button));
    else if (button.dataset.act === "layout") this.board.layout.open(button);
    else if (button.dataset.act === "auto") this.board.showAllValues(panel.key);
    else if (button.dataset.act === "clip") this.board.setClip(!this.board.view.clip);
    else if (button.dataset.group) this.board.group(this.board.view.group === button.dataset.group ? "" : button.dataset.group);
  }

  // What the page knows of its metrics has changed.
  offerFew() {
    const list = this.board.querySelector("[data-choose=x]");
    if (list && this.board.sections.keys.length <= LISTED) this.#offerMetrics(list);
  }

  // There may be thousands: they are listed when the list is wanted.
  #offerMetrics(list) {
    const keys = this.board.sections.keys;
    if (this.offered === keys.length) return;
    this.offered = keys.length;
    const { value } = list;
    list.replaceChildren(list.options[0], ...keys.map((key) => new Option(key, `key:${key}`)));
    choose(list, value, value.slice(4));
  }

  // Buttons and classes say what the view is.
  reflect() {
    const { board } = this;
    const { view } = board;
    for (const button of board.querySelectorAll("[data-set]")) {
      const [name, value] = button.dataset.set.split(":");
      button.setAttribute("aria-pressed", String(view[name] === value));
    }
    for (const button of board.querySelectorAll("[data-set^='x:']")) button.disabled = view.group !== null && button.dataset.set !== "x:step";
    for (const button of board.querySelectorAll("[data-group]")) button.setAttribute("aria-pressed", String(view.group === button.dataset.group));
    for (const button of board.querySelectorAll("[data-act=clip]")) button.setAttribute("aria-pressed", String(view.clip));
    choose(board.querySelector("[data-choose=group]"), view.group ?? "", view.group);
    const spread = board.querySelector("[data-choose=spread]");
    choose(spread, view.spread);
    if (spread) spread.closest("label").hidden = view.group === null;
    const metrics = board.querySelector("[data-choose=x]");
    choose(metrics, isMetric(view.x) ? view.x : "", view.x.slice(4));
    if (metrics) metrics.disabled = view.group !== null;
    this.#reflectSmooth();
    const zoomed = view.from !== null || view.to !== null;
    for (const button of board.querySelectorAll("[data-act=reset]")) button.hidden = !zoomed;
    let large = null;
    for (const figure of board.querySelectorAll("figure.panel")) {
      const on = view.panel !== null && figure.querySelector("panel-chart").dataset.key === view.panel;
      if (figure.classList.toggle("large", on)) large = figure;
    }
    document.body.classList.toggle("has-large", large !== null || document.querySelector("figure.panel.large") !== null);
  }

  get #rungs() {
    const { x, smooth } = this.board.view;
    return halfLives(x, Math.max(this.extent, smooth ?? 0));
  }

  #reflectSmooth() {
    const slider = this.board.querySelector("[data-choose=smooth]");
    if (!slider) return;
    const { x, smooth, group } = this.board.view;
    const rungs = this.#rungs;
    const text = halfLifeText(x, smooth);
    slider.max = String(rungs.length - 1);
    slider.value = String(smooth ? Math.max(1, rungs.findLastIndex((one) => one <= smooth)) : 0);
    slider.disabled = group !== null || isMetric(x);
    slider.setAttribute("aria-valuetext", text);
    slider.parentElement.querySelector("output").textContent = text;
  }

  // The slider is at a rung of the half-lives to choose from.
  #smooth(rung) {
    const { board } = this;
    clearTimeout(this.smoothing);
    board.view = { ...board.view, smooth: this.#rungs[rung] || null };
    this.#reflectSmooth();
    this.smoothing = setTimeout(() => {
      board.save(false);
      board.refresh();
    }, SLIDE_MS);
  }

  // The slider offers no half-lives beyond what there is to see.
  measureExtent(answer) {
    const { view } = this.board;
    if (view.from !== null || view.to !== null || answer.runs.length === 0) return;
    const extent = Number(answer.to) - Number(answer.from);
    if (this.extent !== Infinity && extent <= this.extent) return;
    this.extent = extent;
    this.#reflectSmooth();
  }

  forgetExtent() {
    this.extent = Infinity;
  }

  // The groups of the bands that are drawn, each in the colour of its first run.
  listGroups() {
    const { groups } = this.board;
    const list = this.board.querySelector("[data-part=groups]");
    const names = [...groups.keys()].join("\n");
    if (!list || list.dataset.names === names) return;
    list.dataset.names = names;
    list.hidden = groups.size === 0;
    list.replaceChildren(...[...groups.values()].map(({ name, slot, runs }) => {
      const item = document.createElement("li");
      const text = document.createElement("span");
      text.textContent = name;
      const size = document.createElement("small");
      size.textContent = `${runs.length} ${runs.length === 1 ? "run" : "runs"}`;
      item.append(chip(slot), text, size);
      return item;
    }));
  }
}

// Makes a list say a value, which it may not have offered so far.
function choose(list, value, label) {
  if (!list) return;
  if (![...list.options].some((option) => option.value === value)) list.add(new Option(label, value));
  list.value = value;
}
