// The run table: goes from one state to the next without loading the page, follows running runs, knows the keyboard.
import { isTyping } from "../core/page.js";
import { grouped } from "./grouping.js";
import { readPage } from "./live-page.js";
import { SelectionBar } from "./table-bar.js";
import { ColumnChooser } from "./table-chooser.js";
import { layColumns, watchColumns } from "./table-columns.js";
import { CellEditor } from "./table-editor.js";
import { placeMenus } from "./table-menus.js";
import { read, write } from "./table-requests.js";
import { Selection } from "./table-selection.js";
import { watchViews } from "./table-views.js";
import { toast } from "../core/toasts.js";

const REMEMBER_MS = 600;
const BUSY_MS = 60; // so that nothing takes a tenth of a second without saying so
const RECOUNT_MS = 60_000;

class RunTable extends HTMLElement {
  connectedCallback() {
    this.box = this.querySelector("#table-box");
    this.current = null; // the id of the row that the keyboard is at
    this.addEventListener("click", (event) => this.#clicked(event));
    this.addEventListener("change", (event) => this.#changed(event));
    this.querySelector(".table-filter").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#filter();
    });
    document.addEventListener("keydown", (event) => this.#key(event));
    addEventListener("popstate", () => this.load({ remember: true }));
    document.addEventListener("paceline:fresh", () => this.#dress());
    watchColumns(this);
    watchViews(this);
    placeMenus(this);
    this.selection = new Selection(this);
    this.bar = new SelectionBar(this, this.selection);
    this.editor = new CellEditor(this);
    this.#dress();
    new ResizeObserver(() => layColumns(this)).observe(this.box);
  }

  get rows() {
    return [...this.querySelectorAll("tbody [data-run]")];
  }

  // What the keyboard goes over: runs, and groups of them.
  get places() {
    return [...this.querySelectorAll("tbody tr[data-name]")];
  }

  // Shows the table as a URL says. focus: the data-go of what is to have the focus then.
  go(url, { replace = false, focus = null } = {}) {
    const depth = (history.state?.table ?? 0) + (replace ? 0 : 1);
    history[replace ? "replaceState" : "pushState"]({ table: depth }, "", url);
    return this.load({ focus, remember: true });
  }

  // Takes over the table at the page's URL. Returns whether that went well.
  async load({ focus = null, quiet = false, remember = false } = {}) {
    const mine = (this.reading = {});
    const busy = setTimeout(() => !quiet && this.box.setAttribute("aria-busy", "true"), BUSY_MS);
    this.querySelector(":popover-open")?.hidePopover(); // a menu that was chosen from is done
    try {
      await readPage();
      if (mine !== this.reading) return false;
      if (!quiet) this.#reflect();
      if (focus && (document.activeElement === document.body || this.contains(document.activeElement))) this.#focus(focus);
    } catch (error) {
      if (error.name === "AbortError") return false;
      if (!quiet) toast(`The table could not be read: ${error.message}`, { act: "Try again", then: () => this.load({ focus, remember }) });
      return false;
    } finally {
      clearTimeout(busy);
      if (mine === this.reading) this.box.removeAttribute("aria-busy");
    }
    if (remember) this.#remember();
    return true;
  }

  // The filter and the state are those of the URL.
  #reflect() {
    const params = new URLSearchParams(location.search);
    const field = this.querySelector("[name=filter]");
    if (document.activeElement !== field) field.value = (params.get("filter") ?? "").trim();
    this.querySelector("[name=state]").value = params.has("archived") ? "archived" : params.getAll("state").at(-1) ?? "";
  }

  #focus(name) {
    const wanted = name && (this.querySelector(`[data-go="${CSS.escape(name)}"]`) ?? this.querySelector(`[data-run="${CSS.escape(name)}"] a`));
    (wanted || this.box).focus({ preventScroll: true });
  }

  // What scripts add to a part that the server drew.
  #dress() {
    for (const button of this.querySelectorAll("[data-act][hidden]")) button.hidden = button.dataset.act === "back" && !history.state?.table;
    layColumns(this);
    this.selection.dress();
    this.bar.dress();
    this.#count();
    this.#point();
    this.dispatchEvent(new CustomEvent("table:fresh"));
  }

  // How many runs there are is counted when the page is there already.
  async #count() {
    const place = this.querySelector("[data-count]");
    if (!place) return;
    if (this.counted?.url === place.dataset.count) place.textContent = this.counted.text;
    if (this.counted?.url === place.dataset.count && performance.now() - this.counted.at < RECOUNT_MS) return;
    try {
      const { total, exact } = await read(place.dataset.count);
      this.counted = { url: place.dataset.count, at: performance.now(), text: `${grouped(total)}${exact ? "" : "+"}` };
      place.textContent = this.counted.text;
    } catch {
      // what stands there is true as well: at least so many
    }
  }

  #remember() {
    if (!this.dataset.remember) return;
    clearTimeout(this.remembering);
    this.remembering = setTimeout(() => {
      const body = new URLSearchParams({ query: location.search, csrfmiddlewaretoken: this.token });
      fetch(this.dataset.remember, { method: "POST", credentials: "same-origin", body, keepalive: true }).catch(() => {});
    }, REMEMBER_MS);
  }

  get token() {
    return this.querySelector("[name=csrfmiddlewaretoken]").value;
  }

  #clicked(event) {
    const link = event.target.closest("a[data-go]");
    if (link && !event.ctrlKey && !event.metaKey && event.button === 0) {
      event.preventDefault();
      const also = event.shiftKey && link.dataset.also;
      this.go(also || link.getAttribute("href"), { focus: link.dataset.go });
      return;
    }
    const button = event.target.closest("button");
    if (button?.dataset.act === "back") history.back();
    else if (button?.dataset.act === "columns") this.#choose();
    else if (button?.dataset.direction) this.#direct(button.dataset.metric, button.dataset.direction);
    const row = event.target.closest("tbody tr[data-name]");
    if (row) {
      this.current = idOf(row);
      this.#point();
    }
  }

  #choose() {
    this.chooser ??= new ColumnChooser(this);
    this.chooser.open();
  }

  // Says which end of a metric is the good one.
  async #direct(metric, direction) {
    try {
      await write(`/api/v1/projects/${this.dataset.project}/metrics/`, "PATCH", { metrics: { [metric]: direction } }, this.token);
      await this.load();
    } catch (error) {
      toast(`The direction of ${metric} was not changed: ${error.message}`);
    }
  }

  #changed(event) {
    if (event.target.name === "state" || event.target.name === "filter") this.#filter(event.target.name === "state");
  }

  // chosen: whether a state was; a URL may name several, which the list of states cannot show.
  #filter(chosen = false) {
    const params = new URLSearchParams(location.search);
    for (const name of ["fresh", "cursor", ...(chosen ? ["state", "archived"] : [])]) params.delete(name);
    const text = this.querySelector("[name=filter]").value.trim();
    const state = this.querySelector("[name=state]").value;
    if (text) params.set("filter", text);
    else params.delete("filter");
    if (chosen && state === "archived") params.set("archived", "1");
    else if (chosen && state) params.set("state", state);
    this.go(params.size ? `?${params}` : "?fresh=1");
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || document.querySelector("dialog[open], [popover]:popover-open")) return;
    if (event.key === "Escape" && event.target.matches?.("[name=filter]")) return event.target.blur();
    if (isTyping(event.target)) return;
    if (event.key === "c") return this.bar.compare();
    if (event.key === "Escape" && this.selection.ids.length) return this.selection.clear();
    const { places } = this;
    const at = places.findIndex((row) => idOf(row) === this.current);
    const inTable = event.target === document.body || this.box.contains(event.target);
    const step = { j: 1, k: -1, ArrowDown: inTable ? 1 : 0, ArrowUp: inTable ? -1 : 0 }[event.key];
    if (step && places.length) {
      event.preventDefault();
      this.current = idOf(places[at < 0 ? 0 : Math.max(0, Math.min(places.length - 1, at + step))]);
      this.#point(true);
    } else if (at >= 0 && inTable && this.#rowKey(event, places[at])) {
      event.preventDefault();
    }
  }

  #rowKey(event, row) {
    if (event.key === "Enter" && event.target.closest?.("a, button")) return false;
    if (event.key === "Enter") row.querySelector(".fold, th.name a").click();
    else if (!row.dataset.run) return false;
    else if (event.key === "x") this.selection.toggle(row);
    else if (event.key === "n" && "writes" in this.dataset) this.editor.open(row, "notes");
    else if (event.key === "t" && "writes" in this.dataset) this.editor.open(row, "tags");
    else if (event.key === "b") row.querySelector(".as-base")?.click();
    else return false;
    return true;
  }

  // Marks the row of a run on this page.
  pointAt(run) {
    this.current = run;
    this.#point(true);
  }

  #point(scroll = false) {
    for (const row of this.places) {
      const on = idOf(row) === this.current;
      row.classList.toggle("current", on);
      if (on && scroll) {
        row.scrollIntoView({ block: "nearest" });
        this.querySelector("[data-role=said]").textContent = row.dataset.name;
        this.dispatchEvent(new CustomEvent("table:current", { detail: { run: row.dataset.run ?? null } }));
      }
    }
  }
}

function idOf(row) {
  return row.dataset.run ?? row.dataset.group;
}

customElements.define("run-table", RunTable);
