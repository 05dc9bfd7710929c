// All charts of a page: what is shown of which runs, in the URL; the parts beside this file load, point, follow and control.
import { isTyping } from "../core/page.js";
import { toast } from "../core/toasts.js";
import "./panel-chart.js";
import { BoardControls } from "./board-controls.js";
import { BoardLoading, pause } from "./board-loading.js";
import { BoardLayout } from "./board-layout.js";
import { lookOf } from "./board-look.js";
import { BoardPointing } from "./board-pointing.js";
import { BoardSections } from "./board-sections.js";
import { freeSlot } from "./colours.js";
import { livePoll } from "./live-poll.js";
import { PanelDrag } from "./panel-drag.js";
import { PanelLive } from "./panel-live.js";
import { SeriesClient } from "./series-client.js";
import { readView, writeView } from "./view-state.js";

const RESIZED_MS = 120;
const SEARCH_MS = 220;

// facts() and answerer() are other ones where a page draws what it holds (reports/kept-board.js).
export class PanelBoard extends HTMLElement {
  connectedCallback() {
    if (this.client) return;
    this.said = this.facts();
    const data = JSON.parse(this.said);
    this.follows = this.dataset.follows === "url"; // a report's board keeps its own state and leaves the URL alone
    this.client = this.answerer();
    this.runs = new Map(data.runs.map((run) => [run.id, run]));
    this.shown = data.shown;
    this.view = this.follows ? readView(location.search) : { ...readView(""), ...data.view };
    this.groups = new Map(); // name of a group to {name, slot, runs}, while bands are drawn
    this.loading = new BoardLoading(this);
    this.pointing = new BoardPointing(this);
    this.controls = new BoardControls(this);
    this.resizes = new ResizeObserver(() => this.#resized());
    this.resizes.observe(this);
    this.layout = new BoardLayout(this);
    this.layout.take(data);
    if (this.layout.project) new PanelDrag(this);
    this.sections = new BoardSections(this);
    for (const panel of this.panels) this.loading.watch(panel);
    this.sections.take(data);
    this.controls.offerFew();
    this.#listen();
    this.controls.reflect();
    this.live = new PanelLive(this);
  }

  disconnectedCallback() {
    this.live?.stop();
    this.loading?.stop();
    this.sections?.stop();
    this.resizes?.disconnect();
  }

  // Its runs, which of them are shown, and its view, as JSON.
  facts() {
    return document.getElementById(this.dataset.board).textContent;
  }

  // What answers its questions.
  answerer() {
    return new SeriesClient(this.dataset.series);
  }

  get panels() {
    return [...this.querySelectorAll("panel-chart")];
  }

  panelOf(key) {
    return this.panels.find((panel) => panel.key === key) ?? null;
  }

  get highlighted() {
    return this.pointing.highlighted;
  }

  // ---- Drawing ----

  #look() {
    const runs = this.shown.map((id) => [id, this.runs.get(id).slot]);
    return lookOf(this, [...runs, ...[...this.groups.values()].map(({ name, slot }) => [name, slot])]);
  }

  draw(panel, answer) {
    for (const { name, runs } of answer.bands ?? []) this.groups.set(name, { name, runs, slot: this.slotOf(runs[0]) ?? 0 });
    this.controls.measureExtent(answer);
    this.controls.listGroups();
    return panel.show(answer, this.view, this.#look());
  }

  // Draws what is there again, with the view and the colours of now.
  async redraw(chosen = () => true) {
    const look = this.#look();
    for (const panel of this.panels) {
      if (!panel.raw || !chosen(panel)) continue;
      panel.look = look;
      panel.setting = this.view;
      await panel.redraw();
      await pause();
    }
  }

  // Asks, soon, for what the panels in view lack.
  refresh() {
    this.loading.refresh();
  }

  #resized() {
    clearTimeout(this.sizing);
    this.sizing = setTimeout(async () => {
      if (this.lastWidth === this.clientWidth) return;
      const first = this.lastWidth === undefined;
      this.lastWidth = this.clientWidth;
      if (first) return;
      if (this.sections.place) this.sections.arrange(); // there may be more columns now, or less
      await this.redraw();
      this.refresh();
    }, RESIZED_MS);
  }

  // ---- The view ----

  #change(change, { push = true } = {}) {
    this.view = { ...this.view, ...change };
    this.save(push);
    this.controls.reflect();
    this.refresh();
  }

  // The page's address with one panel filling the window, and with the runs that are shown now.
  addressOf(key) {
    return location.origin + location.pathname + writeView(location.search, { ...this.view, panel: key }, this.shown);
  }

  // Shows panels whose metric has this in its name. Where the page does not know all, the server is asked.
  search(text) {
    this.sections.search = text;
    this.sections.arrange();
    this.refresh();
    if (!this.follows) return;
    const params = new URLSearchParams(location.search);
    if (text) params.set("metric", text);
    else params.delete("metric");
    history.replaceState(history.state, "", `${location.pathname}${params.size ? `?${params}` : ""}${location.hash}`);
    document.dispatchEvent(new CustomEvent("paceline:url"));
    clearTimeout(this.searching);
    if (this.sections.leftOut) this.searching = setTimeout(() => this.reread(), SEARCH_MS);
  }

  // Brings what the page knows of its runs and metrics to what it is now.
  async reread() {
    await livePoll.now().catch((error) => toast(`The charts could not be read again: ${error.message}`));
  }

  // Writes the view into the URL. runs: ids in order, when they are another choice.
  save(push, runs = null) {
    if (!this.follows) return;
    const url = location.pathname + writeView(location.search, this.view, runs) + location.hash;
    if (url === location.pathname + location.search + location.hash) return;
    history[push ? "pushState" : "replaceState"](null, "", url);
    document.dispatchEvent(new CustomEvent("paceline:url"));
  }

  #forgetGroups() {
    this.groups.clear();
    this.controls.listGroups();
  }

  group(name) {
    this.#forgetGroups();
    const { x } = this.view;
    const change = { group: name || null, pin: null };
    if (name && x !== "step") Object.assign(change, { x: "step", from: null, to: null });
    if (name) change.smooth = null;
    this.pointing.highlighted = null;
    this.#change(change);
  }

  zoom(from, to) {
    if (from === this.view.from && to === this.view.to) return;
    this.#change({ from, to });
  }

  // Which values the panel of a metric shows: [low, high], an open end null; null: all.
  setRange(key, range) {
    const { [key]: _, ...ranges } = this.view.ranges;
    if (range) ranges[key] = range;
    this.#change({ ranges });
    this.redraw((panel) => panel.key === key);
  }

  setClip(clip) {
    this.#change({ clip });
    this.redraw();
  }

  // All values again, of a panel whose range was chosen, or of all that are clipped.
  showAllValues(key) {
    if (this.view.ranges[key]) this.setRange(key, null);
    else this.setClip(false);
  }

  setAxis(name, value) {
    if (this.view[name] === value) return;
    if (name === "x") {
      this.controls.forgetExtent();
      this.#change({ x: value, from: null, to: null, smooth: null });
    } else {
      this.#change({ [name]: value });
      this.redraw();
    }
  }

  enlarge(key) {
    const before = this.view.panel;
    this.#change({ panel: before === key ? null : key });
    this.sections.enlarged();
    this.controls.reflect();
    for (const panel of this.panels) if ([before, key].includes(panel.dataset.key)) panel.redraw();
  }

  // Enlarges the panel that is pointed at or has the focus, or makes the large one small again.
  #enlargeNear() {
    const near = this.querySelector("figure.panel.large, figure.panel:hover, figure.panel:focus-within");
    if (near) this.enlarge(near.querySelector("panel-chart").key);
  }

  pin(run) {
    if (this.view.group) return; // its lines are groups
    const pin = run === null || run === this.view.pin ? null : run;
    if (pin === this.view.pin) return;
    this.view = { ...this.view, pin };
    this.save(false);
    this.pointing.pinned();
  }

  #wentBack() {
    const before = this.view;
    this.view = readView(location.search);
    if (before.x !== this.view.x) this.controls.forgetExtent();
    if (before.group !== this.view.group) this.#forgetGroups();
    this.controls.reflect();
    this.sections.enlarged();
    if (before.x === this.view.x && before.group === this.view.group) this.redraw();
    this.refresh();
  }

  // ---- Runs ----

  // Shows or hides runs: [{id, name, slot?, state}] with shown true or false.
  toggle(run, shown) {
    if (shown) this.#admit(run);
    this.shown = this.shown.filter((id) => id !== run.id);
    if (shown) this.shown.push(run.id);
    this.save(false, this.shown);
    this.refresh();
    return this.runs.get(run.id)?.slot ?? 0;
  }

  showOnly(runs) {
    this.shown = [];
    for (const run of runs) {
      this.#admit(run);
      this.shown.push(run.id);
    }
    this.save(false, this.shown);
    this.refresh();
  }

  #admit(run) {
    if (!this.runs.has(run.id)) this.runs.set(run.id, { ...run, slot: freeSlot(run.id, this.#slots()) });
  }

  #slots() {
    return new Set(this.shown.map((id) => this.runs.get(id)?.slot));
  }

  slotOf(id) {
    return this.runs.get(id)?.slot ?? null;
  }

  // {name, slot} of a line: a run's or a group's.
  named(id) {
    return this.runs.get(id) ?? this.groups.get(id) ?? { name: id, slot: 0 };
  }

  // What a line of a panel is called.
  lineName(panel, line) {
    const { name } = this.named(line.run);
    return line.key ? `${name} · ${line.key}` : name;
  }

  point(...place) {
    this.pointing.point(...place);
  }

  highlight(run) {
    this.pointing.highlight(run);
  }

  // ---- Events ----

  #listen() {
    this.addEventListener("toggle", () => this.refresh(), true);
    document.addEventListener("keydown", (event) => {
      if (document.querySelector("dialog[open]") || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === "f" && !isTyping(event.target)) this.#enlargeNear();
      if (event.key !== "Escape") return;
      const dragged = this.panels.find((panel) => panel.dragging);
      if (dragged) dragged.dispatchEvent(new CustomEvent("paceline:stop-drag"));
      else if (this.view.panel !== null) this.enlarge(this.view.panel);
      else if (this.view.pin) this.pin(null);
      else this.zoom(null, null);
    });
    document.addEventListener("paceline:look", () => requestAnimationFrame(() => this.redraw()));
    if (!this.follows) return;
    window.addEventListener("popstate", () => this.#wentBack());
    document.addEventListener("paceline:fresh", () => this.#reconcile());
  }

  // Takes over what the page knows now: states, new runs. Charts that stay are not touched.
  #reconcile() {
    const text = document.getElementById(this.dataset.board)?.textContent;
    if (!text || text === this.said) return;
    this.said = text;
    const data = JSON.parse(text);
    const taken = this.#slots();
    for (const run of data.runs) {
      const known = this.runs.get(run.id);
      const slot = known?.slot ?? (taken.has(run.slot) ? freeSlot(run.id, taken) : run.slot);
      if (data.shown.includes(run.id)) taken.add(slot);
      this.runs.set(run.id, { ...run, slot });
    }
    this.shown = data.shown;
    this.layout.take(data);
    this.sections.take(data);
    this.controls.offerFew();
    this.refresh();
    document.dispatchEvent(new CustomEvent("paceline:board"));
  }

  // Runs that were deleted, or may not be seen any more. Of the last ones what is drawn stays.
  lose(ids) {
    const lost = this.shown.filter((id) => ids.includes(id) && this.runs.get(id).state !== "lost");
    if (lost.length === 0) return;
    for (const id of lost) this.runs.get(id).state = "lost";
    const names = lost.map((id) => this.runs.get(id).name).join(", ");
    livePoll.tellLost(`${names} ${lost.length === 1 ? "is" : "are"} not here any more: deleted, or not yours to see.`);
    const rest = this.shown.filter((id) => !ids.includes(id));
    if (rest.length) this.shown = rest;
    this.refresh();
    document.dispatchEvent(new CustomEvent("paceline:board"));
    document.dispatchEvent(new CustomEvent("paceline:lost"));
  }
}

customElements.define("panel-board", PanelBoard);
