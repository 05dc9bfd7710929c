// The panels of a page in their sections. Those near the view are mounted; portions further away leave their room.
import { stepText } from "./numbers.js";

const FEW = 48; // panels stay mounted, where there are not more
const FOLDED_FROM = 200; // panels: then sections after the first ones come closed (apps/panels/queries.py has the same)
const AT_ONCE = 24; // panels of a portion, or a few more to fill its rows
const NEAR = "800px"; // how far from the view panels are mounted
const KEPT = 200; // panels that are kept with what they drew
const CAPTION_PX = 26;

export class BoardSections {
  constructor(board) {
    this.board = board;
    this.place = board.querySelector("[data-sections]");
    this.figures = new Map([...board.querySelectorAll("figure.panel")].map((figure) => [keyOf(figure), figure]));
    this.mounted = new Set([...board.querySelectorAll(".panels")]);
    this.portions = new WeakMap(); // grid to the panels it stands for
    this.search = board.querySelector("[data-choose=metric]")?.value.trim() ?? "";
    this.folded = new Set();
    this.observer = new IntersectionObserver((entries) => this.#passed(entries), { rootMargin: NEAR });
  }

  // What the page knows of its panels. data: {sections: [{name, panels: [{key, title, runs, keys?, better?}]}], total, left_out}.
  take({ sections = [], total = 0, left_out: leftOut = 0 }) {
    this.known = sections;
    this.total = total;
    this.leftOut = leftOut;
    if (this.place) this.arrange();
  }

  get keys() {
    return this.known.flatMap((section) => section.panels.map((panel) => panel.key));
  }

  stop() {
    this.observer.disconnect();
  }

  // The panels of a section that are shown, in their order.
  shownOf({ name, panels }) {
    const { hidden, order } = this.board.layout.now;
    const out = new Set(hidden);
    const wanted = this.search.toLowerCase();
    const shown = panels.filter((panel) => !out.has(panel.key) && (!wanted || panel.key.toLowerCase().includes(wanted)));
    if (!order[name]) return shown;
    const place = new Map(order[name].map((key, at) => [key, at]));
    return shown.sort((a, b) => (place.get(a.key) ?? Infinity) - (place.get(b.key) ?? Infinity) || 0);
  }

  // Makes the page show what is known, by the layout and the search of now.
  arrange() {
    const have = new Map([...this.place.querySelectorAll(":scope > details")].map((one) => [one.dataset.section, one]));
    const sections = this.known.map((section) => ({ section, shown: this.shownOf(section) })).filter(({ shown }) => shown.length > 0);
    const count = sections.reduce((sum, { shown }) => sum + shown.length, 0);
    this.observer.disconnect();
    this.watches = count > FEW;
    this.room = this.#room();
    let last = null;
    let above = 0;
    for (const { section, shown } of sections) {
      const details = have.get(section.name) ?? newSection(section.name, count < FOLDED_FROM || above < FEW);
      above += shown.length;
      have.delete(section.name);
      const next = last ? last.nextElementSibling : this.place.firstElementChild;
      if (next !== details) this.place.insertBefore(details, next);
      if (this.search && !details.open) {
        this.folded.add(details);
        details.open = true;
      } else if (!this.search && this.folded.delete(details)) {
        details.open = false;
      }
      const total = shown.length === section.panels.length ? stepText(shown.length) : `${stepText(shown.length)} of ${stepText(section.panels.length)}`;
      details.querySelector("[data-part=total]").textContent = total;
      this.#portion(details, shown);
      last = details;
    }
    for (const gone of have.values()) {
      for (const grid of gone.querySelectorAll(".panels")) this.#leave(grid);
      gone.remove();
    }
    this.#holdLarge();
    this.#forget();
    this.#say(count);
  }

  #say(count) {
    const all = stepText(this.total);
    const said = this.board.querySelector("[data-part=count]");
    const panels = this.known.reduce((sum, { panels: { length } }) => sum + length, 0);
    if (said) said.textContent = count === panels && !this.leftOut ? "" : `${stepText(count)} of ${all}`;
    const none = this.board.querySelector("[data-part=none]");
    if (!none) return;
    none.hidden = count > 0 || panels === 0;
    none.textContent = this.search ? `No metric of the shown runs has “${this.search}” in its name.` : "All charts are hidden; Layout shows them again.";
  }

  // How much room a grid gives: columns, and pixels of a row, between rows and below. Asked once: each answer lays out the page.
  #room() {
    const grid = this.place.querySelector("details[open] > .panels");
    const style = grid && getComputedStyle(grid);
    const pixels = (name) => parseFloat(style?.[name]) || 0;
    const row = parseFloat(getComputedStyle(this.board).getPropertyValue("--panel-height")) + CAPTION_PX;
    return { columns: style?.gridTemplateColumns.split(" ").length ?? 1, row, gap: pixels("rowGap"), foot: pixels("paddingBottom") };
  }

  #portion(details, shown) {
    const { columns } = this.room;
    const size = this.watches ? columns * Math.ceil(AT_ONCE / columns) : shown.length;
    const grids = [...details.querySelectorAll(":scope > .panels")];
    for (let at = 0; at < shown.length; at += size) {
      const grid = grids.shift() ?? details.appendChild(Object.assign(document.createElement("div"), { className: "panels" }));
      const panels = shown.slice(at, at + size);
      this.portions.set(grid, panels);
      if (!this.watches || (this.mounted.has(grid) && details.open)) this.#mount(grid);
      else this.#reserve(grid, Math.ceil(panels.length / columns));
      if (this.watches) this.observer.observe(grid);
    }
    for (const grid of grids) {
      this.#leave(grid);
      grid.remove();
    }
  }

  #passed(entries) {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting && !this.mounted.has(target)) this.#mount(target);
      else if (!isIntersecting && this.mounted.has(target) && target.closest("details").open) this.#unmount(target);
    }
    this.#holdLarge();
    this.#forget();
  }

  #mount(grid) {
    this.mounted.add(grid);
    grid.style.height = "";
    const wanted = this.portions.get(grid).map((panel) => this.#figure(panel));
    wanted.forEach((figure, at) => {
      if (grid.children[at] !== figure) grid.insertBefore(figure, grid.children[at] ?? null);
      this.board.loading.watch(figure.querySelector("panel-chart"));
    });
    while (grid.children.length > wanted.length) this.#drop(grid.lastElementChild);
  }

  #unmount(grid) {
    const height = grid.offsetHeight;
    this.#leave(grid);
    grid.style.height = `${height}px`;
  }

  #leave(grid) {
    this.mounted.delete(grid);
    while (grid.lastElementChild) this.#drop(grid.lastElementChild);
  }

  #drop(figure) {
    this.board.loading.leave(figure.querySelector("panel-chart"));
    figure.remove();
  }

  #reserve(grid, rows) {
    this.#leave(grid);
    const { row, gap, foot } = this.room;
    grid.style.height = `${rows * (row + gap) - gap + foot}px`;
  }

  // The figure of a panel, made when it is wanted first.
  #figure(panel) {
    const { key, title = key, runs = 0, keys = [], better = "" } = panel;
    let figure = this.figures.get(key);
    if (!figure) {
      figure = document.importNode(this.board.querySelector("template[data-part=panel]").content.querySelector("figure"), true);
      const name = figure.querySelector(".panel-name");
      name.textContent = title;
      name.title = key;
      figure.querySelector("[data-act=enlarge]").setAttribute("aria-label", `Enlarge ${key}`);
      figure.querySelector("[data-act=menu]").setAttribute("aria-label", `Menu of ${key}`);
    } else {
      this.figures.delete(key); // put at the end: the least used come first
    }
    this.figures.set(key, figure);
    const { dataset } = figure.querySelector("panel-chart");
    const facts = { key, runs: runs || "", keys: keys.length ? JSON.stringify(keys) : "", better };
    for (const [name, value] of Object.entries(facts)) if ((dataset[name] ?? "") !== String(value)) dataset[name] = value;
    this.board.layout.fit(figure, key);
    figure.classList.toggle("large", this.board.view.panel === key);
    return figure;
  }

  // The panel that fills the window is mounted wherever the page is.
  #holdLarge() {
    const { panel: key } = this.board.view;
    this.aside ??= this.place.appendChild(document.createElement("div"));
    for (const figure of this.aside.querySelectorAll("figure")) if (keyOf(figure) !== key) this.#drop(figure);
    if (key === null || this.figures.get(key)?.isConnected) return;
    const panel = this.known.flatMap(({ panels }) => panels).find((one) => one.key === key);
    if (!panel) return;
    const figure = this.#figure(panel);
    this.aside.append(figure);
    this.board.loading.watch(figure.querySelector("panel-chart"));
  }

  // The large panel is another one now.
  enlarged() {
    if (this.place) this.#holdLarge();
  }

  #forget() {
    for (const [key, figure] of this.figures) {
      if (this.figures.size <= KEPT) return;
      if (!figure.isConnected) this.figures.delete(key);
    }
  }
}

function newSection(name, open) {
  const details = Object.assign(document.createElement("details"), { className: "section", open });
  details.dataset.section = name;
  const summary = document.createElement("summary");
  const total = Object.assign(document.createElement("span"), { className: "muted" });
  total.dataset.part = "total";
  summary.append(Object.assign(document.createElement("h2"), { textContent: name }), " ", total);
  details.append(summary);
  return details;
}

function keyOf(figure) {
  return figure.querySelector("panel-chart").dataset.key;
}
