// All charts of a page: one cursor, one set of colours, one request for what is in view, the URL, live updates.
import "./panel-chart.js";
import { dashOf, freeSlot } from "./colours.js";
import { halfLifeText, halfLives } from "./durations.js";
import { GUTTER } from "./geometry.js";
import { MEAN_FROM_RUNS, exactQuestion, question } from "./questions.js";
import { Readout, chip } from "./readout.js";
import { SeriesClient } from "./series-client.js";
import { isMetric, readView, writeView } from "./view-state.js";

const LIVE_MS = 3000;
const GATHER_MS = 16; // panels that come into view together are asked for together
const HOVER_MS = 70;
const SLIDE_MS = 90;
const AHEAD = "160px"; // how far before it scrolls into view a panel counts as in view
const CURSORS = 40;

class PanelBoard extends HTMLElement {
  connectedCallback() {
    if (this.client) return;
    const data = JSON.parse(document.getElementById(this.dataset.board).textContent);
    this.follows = this.dataset.follows === "url"; // a report's board keeps its own state and leaves the URL alone
    this.client = new SeriesClient(this.dataset.series);
    this.runs = new Map(data.runs.map((run) => [run.id, run]));
    this.shown = data.shown;
    this.view = this.follows ? readView(location.search) : { ...readView(""), ...data.view };
    this.highlighted = this.view.pin;
    this.groups = new Map(); // name of a group to {name, slot, runs}, while bands are drawn
    this.extent = Infinity; // of x over everything drawn with the present axis
    this.visible = new Set();
    this.loaded = new WeakMap(); // panel to the question it was last drawn for
    this.readout = new Readout(this);
    this.observer = new IntersectionObserver((entries) => this.#seen(entries), { rootMargin: AHEAD });
    this.resizes = new ResizeObserver(() => this.#resized());
    this.#adopt();
    this.#listen();
    this.#reflect();
    this.timer = setInterval(() => this.#live(), LIVE_MS);
  }

  disconnectedCallback() {
    clearInterval(this.timer);
    this.observer?.disconnect();
    this.resizes?.disconnect();
  }

  get panels() {
    return [...this.querySelectorAll("panel-chart")];
  }

  get live() {
    return this.shown.some((id) => this.runs.get(id)?.state === "running");
  }

  // Colours as the page's style sheet resolves them now.
  #colours() {
    const style = getComputedStyle(this);
    const read = (name) => style.getPropertyValue(name).trim();
    const palette = Array.from({ length: 10 }, (_, slot) => read(`--run-${slot}`));
    const byRun = new Map();
    for (const id of this.shown) {
      const { slot } = this.runs.get(id);
      byRun.set(id, { colour: palette[slot % 10], dash: dashOf(slot) });
    }
    for (const { name, slot } of this.groups.values()) byRun.set(name, { colour: palette[slot % 10], dash: dashOf(slot) });
    const lost = { colour: palette[0], dash: [] };
    return {
      run: (id) => byRun.get(id) ?? lost,
      ink: read("--ink"), muted: read("--muted"), hairline: read("--line"), surface: read("--surface"), accent: read("--accent"),
    };
  }

  // ---- Panels in view, one request for all of them ----

  #adopt() {
    this.observer.disconnect();
    for (const panel of this.panels) this.observer.observe(panel);
    this.resizes.disconnect();
    this.resizes.observe(this);
  }

  #seen(entries) {
    for (const entry of entries) {
      if (entry.isIntersecting) this.visible.add(entry.target);
      else this.visible.delete(entry.target);
    }
    this.refresh();
  }

  #question(panel) {
    const holders = Number(panel.dataset.runs) || this.shown.length;
    return question(panel.dataset.key, this.shown, this.view, panel.clientWidth - GUTTER.left - GUTTER.right, holders);
  }

  // Asks, soon, for what the panels in view lack.
  refresh() {
    clearTimeout(this.gathering);
    this.gathering = setTimeout(() => this.#ask(), GATHER_MS);
  }

  #inView() {
    return this.panels.filter((panel) => this.visible.has(panel) && panel.clientWidth > 0);
  }

  async #ask({ again = null } = {}) {
    const wanted = this.#inView()
      .map((panel) => ({ panel, asked: this.#question(panel) }))
      .filter(({ panel, asked }) => again?.has(panel) || this.loaded.get(panel) !== JSON.stringify(asked));
    if (wanted.length === 0) return;
    if (this.shown.length === 0) {
      for (const { panel, asked } of wanted) {
        this.loaded.set(panel, JSON.stringify(asked));
        await this.#draw(panel, { key: asked.key, from: 0, to: 1, selected: 0, shown: 0, runs: [] });
      }
      return;
    }
    for (const { panel, asked } of wanted) {
      this.loaded.set(panel, JSON.stringify(asked));
      panel.classList.add("asking");
    }
    const began = performance.now();
    let answers;
    try {
      answers = await this.client.ask(wanted.map((one) => one.asked));
    } catch (error) {
      for (const { panel } of wanted) {
        this.loaded.delete(panel);
        panel.fail(error.message, () => this.refresh());
      }
      return;
    } finally {
      for (const { panel } of wanted) panel.classList.remove("asking");
    }
    performance.measure("paceline:data", { start: began });
    await this.#drawAll(wanted, answers);
  }

  async #drawAll(wanted, answers) {
    const began = performance.now();
    const inSight = wanted.filter(({ panel }) => panel.getBoundingClientRect().top < innerHeight).length; // they come first
    for (const [place, { panel, asked }] of wanted.entries()) {
      if (place === inSight) this.#mark(began, inSight);
      if (this.loaded.get(panel) !== JSON.stringify(asked)) continue; // the page has moved on meanwhile
      try {
        await this.#draw(panel, answers[place]);
      } catch (error) {
        this.loaded.delete(panel);
        panel.fail(`This panel could not be drawn: ${error.message}`, () => this.refresh());
      }
      await pause();
    }
    if (inSight >= wanted.length) this.#mark(began, wanted.length);
    this.dataset.drawnAt = String(Math.round(performance.now()));
    if (this.highlighted) this.#showHighlight();
  }

  // For benchmarks: everything that can be seen is drawn.
  #mark(began, panels) {
    performance.measure("paceline:draw", { start: began, detail: { panels } });
    performance.mark("paceline:drawn");
  }

  #draw(panel, answer) {
    for (const { name, runs } of answer.bands ?? []) this.groups.set(name, { name, runs, slot: this.slotOf(runs[0]) ?? 0 });
    this.#measureExtent(answer);
    this.#legend();
    return panel.show(answer, this.view, this.#colours());
  }

  async #redrawAll() {
    const look = this.#colours();
    for (const panel of this.panels) {
      if (!panel.answer) continue;
      panel.look = look;
      panel.setting = this.view;
      await panel.redraw();
    }
  }

  #resized() {
    clearTimeout(this.sizing);
    this.sizing = setTimeout(async () => {
      if (this.lastWidth === this.clientWidth) return;
      const first = this.lastWidth === undefined;
      this.lastWidth = this.clientWidth;
      if (first) return;
      await this.#redrawAll();
      this.refresh();
    }, 120);
  }

  async #live() {
    if (document.visibilityState !== "visible" || this.polling) return;
    const live = this.live;
    if (!live && !this.wasLive) return;
    this.wasLive = live; // once more after the last run ended
    const wanted = this.#inView().filter((panel) => this.loaded.has(panel)).map((panel) => ({ panel, asked: this.#question(panel) }));
    for (const panel of this.panels) if (!this.visible.has(panel)) this.loaded.delete(panel);
    if (wanted.length === 0 || this.shown.length === 0 || wanted.some(({ panel }) => panel.dragging)) return;
    this.polling = true;
    try {
      const answers = await this.client.ask(wanted.map((one) => one.asked), { changedOnly: true });
      if (answers) await this.#drawAll(wanted, answers);
      this.classList.remove("stale");
    } catch {
      this.classList.add("stale"); // the charts stay as they are; the next tick asks again
    } finally {
      this.polling = false;
    }
  }

  // The groups of the bands that are drawn, each in the colour of its first run.
  #legend() {
    const list = this.querySelector("[data-part=groups]");
    const names = [...this.groups.keys()].join("\n");
    if (!list || list.dataset.names === names) return;
    list.dataset.names = names;
    list.hidden = this.groups.size === 0;
    list.replaceChildren(...[...this.groups.values()].map(({ name, slot, runs }) => {
      const item = document.createElement("li");
      const text = document.createElement("span");
      text.textContent = name;
      const size = document.createElement("small");
      size.textContent = `${runs.length} ${runs.length === 1 ? "run" : "runs"}`;
      item.append(chip(slot), text, size);
      return item;
    }));
  }

  // The slider offers no half-lives beyond what there is to see.
  #measureExtent(answer) {
    if (this.view.from !== null || this.view.to !== null || answer.runs.length === 0) return;
    const extent = Number(answer.to) - Number(answer.from);
    if (this.extent !== Infinity && extent <= this.extent) return;
    this.extent = extent;
    this.#reflectSmooth();
  }

  // ---- What is shown ----

  #change(change, { push = true } = {}) {
    this.view = { ...this.view, ...change };
    this.#save(push);
    this.#reflect();
    this.refresh();
  }

  #save(push, runs = null) {
    if (!this.follows) return;
    const url = location.pathname + writeView(location.search, this.view, runs) + location.hash;
    if (url === location.pathname + location.search + location.hash) return;
    history[push ? "pushState" : "replaceState"](null, "", url);
    document.dispatchEvent(new CustomEvent("paceline:url"));
  }

  // Buttons and classes say what the view is.
  #reflect() {
    for (const button of this.querySelectorAll("[data-set]")) {
      const [name, value] = button.dataset.set.split(":");
      button.setAttribute("aria-pressed", String(this.view[name] === value));
    }
    for (const button of this.querySelectorAll("[data-set^='x:']")) button.disabled = this.view.group !== null && button.dataset.set !== "x:step";
    const groups = this.querySelector("[data-choose=group]");
    if (groups) {
      const known = [...groups.options].some((option) => option.value === (this.view.group ?? ""));
      if (!known) groups.add(new Option(this.view.group, this.view.group));
      groups.value = this.view.group ?? "";
    }
    const metrics = this.querySelector("[data-choose=x]");
    if (metrics) {
      const key = isMetric(this.view.x) ? this.view.x : "";
      if (![...metrics.options].some((option) => option.value === key)) metrics.add(new Option(key.slice(4), key));
      metrics.value = key;
      metrics.disabled = this.view.group !== null;
    }
    this.#reflectSmooth();
    const zoomed = this.view.from !== null || this.view.to !== null;
    for (const button of this.querySelectorAll("[data-act=reset]")) button.hidden = !zoomed;
    let large = null;
    for (const figure of this.querySelectorAll("figure.panel")) {
      const on = this.view.panel !== null && figure.querySelector("panel-chart").dataset.key === this.view.panel;
      if (figure.classList.toggle("large", on)) large = figure;
    }
    document.body.classList.toggle("has-large", large !== null || document.querySelector("figure.panel.large") !== null);
  }

  #reflectSmooth() {
    const slider = this.querySelector("[data-choose=smooth]");
    if (!slider) return;
    const { x, smooth } = this.view;
    const rungs = halfLives(x, Math.max(this.extent, smooth ?? 0));
    const text = halfLifeText(x, smooth);
    slider.max = String(rungs.length - 1);
    slider.value = String(smooth ? Math.max(1, rungs.findLastIndex((one) => one <= smooth)) : 0);
    slider.disabled = this.view.group !== null || isMetric(x);
    slider.setAttribute("aria-valuetext", text);
    slider.parentElement.querySelector("output").textContent = text;
  }

  // The slider is at a rung of the half-lives to choose from.
  #smooth(rung) {
    const smooth = halfLives(this.view.x, Math.max(this.extent, this.view.smooth ?? 0))[rung] || null;
    clearTimeout(this.smoothing);
    this.view = { ...this.view, smooth };
    this.#reflectSmooth();
    this.smoothing = setTimeout(() => {
      this.#save(false);
      this.refresh();
    }, SLIDE_MS);
  }

  #group(name) {
    this.groups.clear();
    this.#legend();
    const { x } = this.view;
    const change = { group: name || null, pin: null };
    if (name && x !== "step") Object.assign(change, { x: "step", from: null, to: null });
    if (name) change.smooth = null;
    this.highlighted = null;
    this.#change(change);
  }

  zoom(from, to) {
    if (from === this.view.from && to === this.view.to) return;
    this.#change({ from, to });
  }

  setAxis(name, value) {
    if (this.view[name] === value) return;
    if (name === "x") {
      this.extent = Infinity;
      this.#change({ x: value, from: null, to: null, smooth: null });
    } else {
      this.#change({ [name]: value });
      this.#redrawAll();
    }
  }

  enlarge(key) {
    const before = this.view.panel;
    this.#change({ panel: before === key ? null : key });
    for (const panel of this.panels) if ([before, key].includes(panel.dataset.key)) panel.redraw();
  }

  // Shows or hides runs: [{id, name, slot?, state}] with shown true or false.
  toggle(run, shown) {
    if (shown && !this.runs.has(run.id)) this.runs.set(run.id, { ...run, slot: freeSlot(run.id, this.#slots()) });
    this.shown = this.shown.filter((id) => id !== run.id);
    if (shown) this.shown.push(run.id);
    this.#save(false, this.shown);
    this.refresh();
    return this.runs.get(run.id)?.slot ?? 0;
  }

  showOnly(runs) {
    this.shown = [];
    for (const run of runs) {
      if (!this.runs.has(run.id)) this.runs.set(run.id, { ...run, slot: freeSlot(run.id, this.#slots()) });
      this.shown.push(run.id);
    }
    this.#save(false, this.shown);
    this.refresh();
  }

  #slots() {
    return new Set(this.shown.map((id) => this.runs.get(id)?.slot));
  }

  slotOf(id) {
    return this.runs.get(id)?.slot ?? null;
  }

  // ---- Cursor and highlight ----

  // The pointer is at x on `source` (null: nowhere), nearest to the line of `run`.
  point(x, source, run = null, event = null) {
    cancelAnimationFrame(this.pointing);
    this.pointing = requestAnimationFrame(() => {
      for (const panel of this.#inView().slice(0, CURSORS)) if (panel.answer) panel.cursor(x);
      if (!this.view.pin) this.highlight(x === null ? null : run);
      if (x === null || !event || event.pointerType === "touch") this.readout.hide();
      else this.readout.show(event, x, this.view.x, source.at(x), source.marksNear(x), this.view.pin ?? run, (id) => this.runs.get(id) ?? this.groups.get(id) ?? { name: id, slot: 0 });
    });
  }

  highlight(run) {
    const wanted = run ?? this.view.pin ?? null;
    if (wanted === this.highlighted) return;
    this.highlighted = wanted;
    this.#showHighlight();
    document.dispatchEvent(new CustomEvent("paceline:highlight", { detail: { run: wanted } }));
  }

  #showHighlight() {
    const run = this.highlighted;
    const inView = this.#inView().filter((panel) => panel.answer);
    for (const panel of inView) panel.highlight(run);
    clearTimeout(this.hovering);
    if (run === null || this.view.group || this.shown.length < MEAN_FROM_RUNS) return;
    this.hovering = setTimeout(() => this.#fetchExact(run, inView.filter((panel) => panel.needsExact(run))), HOVER_MS);
  }

  async #fetchExact(run, panels) {
    if (panels.length === 0 || run !== this.highlighted) return;
    const asked = panels.map((panel) => exactQuestion(panel.dataset.key, run, this.view, panel.clientWidth - GUTTER.left - GUTTER.right));
    const before = panels.map((panel) => panel.answer);
    let answers;
    try {
      answers = await this.client.ask(asked);
    } catch {
      return; // the mean stays highlighted
    }
    panels.forEach((panel, place) => {
      const line = answers[place].runs[0];
      if (line && panel.answer === before[place]) panel.showExact(run, line);
    });
  }

  pin(run) {
    if (this.view.group) return; // its lines are groups
    const pin = run === null || run === this.view.pin ? null : run;
    if (pin === this.view.pin) return;
    this.view = { ...this.view, pin };
    this.#save(false);
    this.highlighted = undefined;
    this.highlight(pin);
  }

  // ---- Events ----

  #listen() {
    this.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (!button) return;
      if (button.dataset.set) this.setAxis(...button.dataset.set.split(":"));
      else if (button.dataset.act === "reset") this.zoom(null, null);
      else if (button.dataset.act === "enlarge") this.enlarge(button.closest("figure").querySelector("panel-chart").dataset.key);
    });
    this.addEventListener("input", (event) => {
      if (event.target.dataset.choose === "smooth") this.#smooth(Number(event.target.value));
    });
    this.addEventListener("change", (event) => {
      if (event.target.dataset.choose === "group") this.#group(event.target.value);
      if (event.target.dataset.choose === "x") this.setAxis("x", event.target.value || "step");
    });
    this.addEventListener("toggle", () => this.refresh(), true);
    document.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || document.querySelector("dialog[open]")) return;
      const dragged = this.panels.find((panel) => panel.dragging);
      if (dragged) dragged.dispatchEvent(new CustomEvent("paceline:stop-drag"));
      else if (this.view.panel !== null) this.enlarge(this.view.panel);
      else if (this.view.pin) this.pin(null);
      else this.zoom(null, null);
    });
    document.addEventListener("paceline:look", () => requestAnimationFrame(() => this.#redrawAll()));
    if (!this.follows) return;
    window.addEventListener("popstate", () => {
      const before = this.view;
      this.view = readView(location.search);
      if (before.x !== this.view.x) this.extent = Infinity;
      if (before.group !== this.view.group) {
        this.groups.clear();
        this.#legend();
      }
      this.#reflect();
      if (before.y !== this.view.y || before.panel !== this.view.panel) this.#redrawAll();
      this.refresh();
    });
    document.addEventListener("paceline:fresh", (event) => this.#reconcile(event.detail.document));
  }

  // Takes over what a fresh copy of the page knows: states, new runs, new metrics. Charts that stay are not touched.
  #reconcile(page) {
    const fresh = page.getElementById(this.dataset.board);
    const board = page.querySelector("panel-board");
    if (!fresh || !board) return;
    const data = JSON.parse(fresh.textContent);
    const taken = this.#slots();
    for (const run of data.runs) {
      const known = this.runs.get(run.id);
      const slot = known?.slot ?? (taken.has(run.slot) ? freeSlot(run.id, taken) : run.slot);
      if (data.shown.includes(run.id)) taken.add(slot);
      this.runs.set(run.id, { ...run, slot });
    }
    this.shown = data.shown;
    const mine = this.querySelector("[data-sections]");
    if (mergeSections(mine, board.querySelector("[data-sections]"))) this.#adopt();
    this.refresh();
    document.dispatchEvent(new CustomEvent("paceline:board"));
  }
}

// Makes the sections and panels of `mine` those of `theirs`, keeping the elements that are in both. Returns whether anything changed.
function mergeSections(mine, theirs) {
  let changed = false;
  const merge = (old, fresh, selector, id, inner) => {
    const have = new Map([...old.querySelectorAll(`:scope > ${selector}`)].map((one) => [id(one), one]));
    let last = null;
    for (const one of fresh.querySelectorAll(`:scope > ${selector}`)) {
      let element = have.get(id(one));
      if (element) {
        have.delete(id(one));
        inner?.(element, one);
      } else {
        element = document.importNode(one, true);
        if (last) last.after(element);
        else old.prepend(element);
        changed = true;
      }
      last = element;
    }
    for (const gone of have.values()) {
      gone.remove();
      changed = true;
    }
  };
  merge(mine, theirs, "details", (one) => one.dataset.section, (old, fresh) => {
    const total = old.querySelector("[data-part=total]");
    if (total) total.textContent = fresh.querySelector("[data-part=total]").textContent;
    merge(old.querySelector(".panels"), fresh.querySelector(".panels"), "figure", keyOf, (mine, theirs) => {
      const { runs } = theirs.querySelector("panel-chart").dataset;
      if (runs) mine.querySelector("panel-chart").dataset.runs = runs;
    });
  });
  return changed;
}

function keyOf(figure) {
  return figure.querySelector("panel-chart").dataset.key;
}

function pause() {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}

customElements.define("panel-board", PanelBoard);
