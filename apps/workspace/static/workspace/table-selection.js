// Which rows are selected: kept while one pages, filters and sorts, and until the tab is closed.
import { grouped } from "./grouping.js";

export const MAX_CHANGED = 1000; // runs of one change, as the server takes them
const PAGE = 500;

export class Selection {
  constructor(table) {
    this.table = table;
    this.place = `paceline:selected:${table.dataset.project}`;
    this.runs = new Map(stored(this.place)); // id to name
    this.last = null; // the row that was clicked last, where a range begins
    table.addEventListener("click", (event) => this.#clicked(event));
  }

  get ids() {
    return [...this.runs.keys()];
  }

  has(id) {
    return this.runs.has(id);
  }

  set(rows, on) {
    for (const row of rows) {
      if (on) this.runs.set(row.dataset.run, row.dataset.name);
      else this.runs.delete(row.dataset.run);
    }
    this.#changed();
  }

  toggle(row) {
    this.set([row], !this.has(row.dataset.run));
    this.last = row.dataset.run;
  }

  forget(ids) {
    for (const id of ids) this.runs.delete(id);
    this.#changed();
  }

  clear() {
    this.runs.clear();
    this.#changed();
  }

  // Selects every run that matches, on whichever page; too many are refused, for what is done to them has a limit.
  async all(read) {
    const asked = new URLSearchParams(location.search);
    const params = new URLSearchParams({ limit: PAGE });
    for (const name of ["filter", "state"]) for (const value of asked.getAll(name)) params.append(name, value);
    if (asked.get("archived")) params.set("archived", "true");
    const found = new Map();
    for (let cursor = ""; cursor !== null; ) {
      if (cursor) params.set("cursor", cursor);
      const page = await read(`/api/v1/projects/${this.table.dataset.project}/runs/?${params}`);
      for (const run of page.runs) found.set(run.id, run.name);
      cursor = page.next;
      if (found.size > MAX_CHANGED || (cursor && page.total > MAX_CHANGED)) throw new Error(`at most ${grouped(MAX_CHANGED)} runs can be selected at once; filter for fewer.`);
    }
    for (const [id, name] of found) this.runs.set(id, name);
    this.#changed();
  }

  #clicked(event) {
    const box = event.target.closest("input[type=checkbox]");
    if (box?.dataset.act === "all") return this.set(this.table.rows, box.checked);
    const row = box?.closest("tbody [data-run]");
    if (!row) return;
    const { rows } = this.table;
    const from = rows.findIndex((one) => one.dataset.run === this.last);
    const to = rows.indexOf(row);
    const range = event.shiftKey && from >= 0 ? rows.slice(Math.min(from, to), Math.max(from, to) + 1) : [row];
    this.last = row.dataset.run;
    this.set(range, box.checked);
  }

  #changed() {
    sessionStorage.setItem(this.place, JSON.stringify([...this.runs]));
    this.dress();
    this.table.dispatchEvent(new CustomEvent("table:selected"));
  }

  // Boxes and rows say what is selected.
  dress() {
    const { rows } = this.table;
    let picked = 0;
    for (const row of rows) {
      const on = this.has(row.dataset.run);
      picked += on;
      row.querySelector("input").checked = on;
      row.classList.toggle("picked", on);
    }
    const all = this.table.querySelector("[data-act=all]");
    if (!all) return;
    all.checked = rows.length > 0 && picked === rows.length;
    all.indeterminate = picked > 0 && picked < rows.length;
  }
}

function stored(place) {
  try {
    return JSON.parse(sessionStorage.getItem(place)) ?? [];
  } catch {
    return [];
  }
}
