// The command palette: Ctrl K, some words, Enter. Runs, metrics, reports and projects come from the server; the links and
// buttons of the page itself are offered beside them.

const ASK_MS = 120;
const TITLES = { here: "Pages and actions", run: "Runs", metric: "Metrics", report: "Reports", panel: "Panels", project: "Projects" };
const EMPTY = ["run", "here", "report", "panel", "project"]; // the order of groups without a word, and with one
const FOUND = ["run", "metric", "report", "panel", "project", "here"];
const MOST = 8; // of a kind, as the server answers
const NEWEST = 5; // of a kind, without a word
const SHEET = `
  <div class="palette-field">
    <svg viewBox="0 0 16 16" aria-hidden="true"><circle cx="7" cy="7" r="4.25"/><path d="m10.2 10.2 3.3 3.3"/></svg>
    <input type="text" role="combobox" aria-expanded="true" aria-autocomplete="list" aria-controls="palette-list" aria-label="Go to" placeholder="Go to a run, metric, report, panel, project or page" maxlength="200" autocomplete="off" autocapitalize="off" spellcheck="false">
  </div>
  <div id="palette-list" role="listbox" aria-label="Places"></div>
  <p class="palette-said muted" role="status"></p>`;

let palette = null;

export function openPalette() {
  palette ??= new Palette();
  palette.open();
}

class Palette {
  constructor() {
    this.dialog = document.createElement("dialog");
    this.dialog.className = "palette";
    this.dialog.setAttribute("aria-label", "Go to");
    this.dialog.innerHTML = SHEET;
    document.body.append(this.dialog);
    this.field = this.dialog.querySelector("input");
    this.list = this.dialog.querySelector("[role=listbox]");
    this.said = this.dialog.querySelector(".palette-said");
    this.found = [];
    this.field.addEventListener("input", () => this.#typed());
    this.field.addEventListener("keydown", (event) => this.#key(event));
    this.list.addEventListener("pointermove", (event) => this.#choose(event.target.closest("[role=option]"), false));
    this.list.addEventListener("click", (event) => this.#follow(event.target.closest("[role=option]"), event));
    this.dialog.addEventListener("click", (event) => event.target === this.dialog && this.dialog.close());
    this.dialog.addEventListener("close", () => this.asking?.abort());
  }

  open() {
    if (this.dialog.open) return this.dialog.close();
    document.querySelector("dialog[open]")?.close();
    this.dialog.showModal();
    this.field.value = "";
    this.here = offered();
    this.found = [];
    this.moved = false;
    this.#draw();
    this.#ask();
  }

  #typed() {
    this.moved = false;
    this.#draw();
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.#ask(), ASK_MS);
  }

  async #ask() {
    this.asking?.abort();
    const asking = (this.asking = new AbortController());
    const params = new URLSearchParams({ text: this.field.value.trim() });
    const project = document.querySelector(".trail [data-project]")?.dataset.project;
    if (project) params.set("project", project);
    this.list.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(`${document.body.dataset.places}?${params}`, { signal: asking.signal, credentials: "same-origin" });
      const body = await answer.json();
      if (!answer.ok) throw new Error(body.message);
      this.found = body.places;
      this.#draw();
      this.#say(this.list.children.length ? "" : "Nothing has these words in its name.");
    } catch (error) {
      if (error.name === "AbortError") return;
      this.#say(error instanceof TypeError ? "The server does not answer. Type on to try again." : error.message);
    }
    if (asking === this.asking) this.list.removeAttribute("aria-busy");
  }

  #say(text) {
    this.said.textContent = text;
  }

  // What fits the words, by group. A place that somebody chose stays chosen while it is listed, else it is the first.
  #draw() {
    const words = this.field.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
    const fits = (place) => words.every((word) => `${place.title} ${place.detail}`.toLowerCase().includes(word));
    const places = [...this.found, ...this.here.filter(fits)];
    const was = this.moved ? this.chosen?.dataset.place : undefined;
    const groups = (words.length ? FOUND : EMPTY).map((kind) => this.#group(kind, places.filter((place) => place.kind === kind), words.length > 0));
    this.list.replaceChildren(...groups.filter(Boolean));
    const options = this.#options();
    options.forEach((option, at) => (option.id = `palette-${at}`));
    this.chosen = null;
    this.#choose(options.find((option) => option.dataset.place === was) ?? options[0] ?? null, true);
  }

  #group(kind, places, asked) {
    if (places.length === 0) return null;
    const listed = kind === "here" || asked ? places : places.slice(0, NEWEST);
    const name = kind !== "here" && (listed.length === MOST || listed.length < places.length) ? `${TITLES[kind]}, the first ${listed.length}` : TITLES[kind];
    const group = document.createElement("div");
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", name);
    const title = document.createElement("p");
    title.className = "eyebrow";
    title.setAttribute("aria-hidden", "true");
    title.textContent = name;
    group.append(title, ...listed.map(option));
    return group;
  }

  #options() {
    return [...this.list.querySelectorAll("[role=option]")];
  }

  #choose(next, scroll) {
    if (!next || next === this.chosen) return;
    this.chosen?.setAttribute("aria-selected", "false");
    next.setAttribute("aria-selected", "true");
    this.field.setAttribute("aria-activedescendant", next.id);
    this.chosen = next;
    if (scroll) next.scrollIntoView({ block: "nearest" });
  }

  #key(event) {
    const options = this.#options();
    const at = options.indexOf(this.chosen);
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 }[event.key];
    if (step && options.length) {
      event.preventDefault();
      this.moved = true;
      const next = Math.abs(step) === 1 ? (at + step + options.length) % options.length : Math.min(Math.max(at + step, 0), options.length - 1);
      this.#choose(options[next], true);
    } else if (event.key === "Enter" && !event.isComposing) {
      event.preventDefault();
      this.#follow(this.chosen, event);
    }
  }

  // With Ctrl or Command in a tab of its own, as links do.
  #follow(chosen, event) {
    if (!chosen) return;
    this.dialog.close();
    const { path } = chosen.dataset;
    if (path === undefined) chosen.act();
    else if (event.ctrlKey || event.metaKey) window.open(path, "_blank", "noopener");
    else location.assign(path);
  }
}

function option(place) {
  const item = document.createElement("div");
  item.setAttribute("role", "option");
  item.setAttribute("aria-selected", "false");
  item.dataset.place = `${place.kind} ${place.path ?? place.title}`;
  if (place.path !== undefined) item.dataset.path = place.path;
  item.act = place.act;
  const title = document.createElement("span");
  title.className = "truncate";
  title.textContent = place.title;
  const detail = document.createElement("small");
  detail.className = "muted truncate";
  detail.textContent = place.detail;
  item.append(title, detail);
  return item;
}

// The page's own links and buttons: tabs, tools, the account's menu, what can be done with what it shows, what the bar's buttons do.
function offered() {
  const found = new Map();
  for (const link of document.querySelectorAll(".trail a[href], .tabs a[href], .bar-end > a[href], .bar-end .menu-body a[href], .page-head .end > a[href], .brand")) {
    const title = link.matches(".brand") ? "All projects" : wordsOf(link);
    if (title && !link.matches("[aria-current], [download]")) found.set(title, { kind: "here", title, detail: "page", path: link.getAttribute("href") });
  }
  for (const button of document.querySelectorAll(".bar-end > button[data-do]:not([data-do=palette]), .run-menu button[data-run-act], :is(.page-head .end, .table-controls, .compare-tools) > button")) {
    const title = button.getAttribute("aria-label") ?? wordsOf(button);
    if (title && !button.hidden && !button.disabled) found.set(title, { kind: "here", title, detail: "action", act: () => button.click() });
  }
  return [...found.values()];
}

// What an element says, without the key that does the same.
function wordsOf(element) {
  const copy = element.cloneNode(true);
  for (const key of copy.querySelectorAll("kbd, .muted")) key.remove();
  return copy.textContent.trim();
}
