// Chooses the columns of the run table: what is shown on one side, everything that runs have on the other, by search.
import { grouped } from "./grouping.js";
import { shownColumns } from "./table-columns.js";
import { read } from "./table-requests.js";
import { withColumns } from "./table-url.js";

const SEARCH_MS = 150;

export class ColumnChooser {
  constructor(table) {
    this.table = table;
    this.dialog = document.createElement("dialog");
    this.dialog.className = "sheet columns-sheet";
    this.dialog.setAttribute("aria-labelledby", "columns-title");
    this.dialog.innerHTML = SHEET;
    table.append(this.dialog);
    this.shownList = this.dialog.querySelector("[data-list=shown]");
    this.allList = this.dialog.querySelector("[data-list=all]");
    this.field = this.dialog.querySelector("input");
    this.field.addEventListener("input", () => {
      clearTimeout(this.waiting);
      this.waiting = setTimeout(() => this.#search(), SEARCH_MS);
    });
    this.dialog.querySelector("[data-act=more]").addEventListener("click", () => this.#search(this.next));
    this.dialog.querySelector("[data-act=close]").addEventListener("click", () => this.dialog.close());
    this.dialog.addEventListener("click", (event) => event.target === this.dialog && this.dialog.close());
    this.dialog.addEventListener("close", () => table.querySelector("[data-act=columns]")?.focus());
    this.allList.addEventListener("change", (event) => this.#tick(event.target));
    this.shownList.addEventListener("click", (event) => this.#press(event.target.closest("button")));
    this.#drag();
  }

  open() {
    this.columns = shownColumns(this.table);
    this.dialog.showModal();
    this.field.focus();
    this.#list();
    this.#search();
  }

  async #search(begin = 0) {
    this.asking?.abort();
    this.asking = new AbortController();
    const said = this.dialog.querySelector("[data-role=said]");
    try {
      const params = new URLSearchParams({ search: this.field.value.trim(), begin });
      const found = await read(`/api/v1/projects/${this.table.dataset.project}/columns/?${params}`, this.asking.signal);
      const items = found.columns.map((column) => this.#offer(column));
      if (begin) this.allList.append(...items);
      else this.allList.replaceChildren(...items);
      this.next = found.next;
      const listed = this.allList.children.length;
      said.textContent = found.total ? `${grouped(listed)} of ${grouped(found.total)}` : "No name has this in it.";
      this.dialog.querySelector("[data-act=more]").hidden = found.next === null;
    } catch (error) {
      if (error.name !== "AbortError") said.textContent = `The names could not be read: ${error.message}`;
    }
  }

  #offer({ text, title, of }) {
    const item = document.createElement("li");
    item.innerHTML = `<label><input type="checkbox"><span class="mono"></span><small></small></label>`;
    const box = item.querySelector("input");
    box.value = text;
    box.checked = this.columns.some((column) => sameName(column, text));
    item.querySelector(".mono").textContent = title;
    item.querySelector(".mono").title = text;
    item.querySelector("small").textContent = of;
    return item;
  }

  #tick(box) {
    const others = this.columns.filter((column) => !sameName(column, box.value));
    this.#show(box.checked ? [...others, box.value] : others);
  }

  #press(button) {
    const column = button?.closest("li").dataset.column;
    if (!column) return;
    const at = this.columns.indexOf(column);
    const columns = this.columns.filter((one) => one !== column);
    if (button.dataset.move) columns.splice(Math.max(0, at + Number(button.dataset.move)), 0, column);
    this.#show(columns);
    for (const box of this.allList.querySelectorAll("input")) box.checked = this.columns.some((one) => sameName(one, box.value));
    const same = [...this.shownList.children].find((item) => item.dataset.column === column);
    (same?.querySelector(`[data-move="${button.dataset.move}"]`) ?? this.shownList.querySelector("button") ?? this.field).focus();
  }

  #show(columns) {
    this.columns = columns.length ? columns : ["state"];
    this.#list();
    this.table.go(withColumns(location.search, this.columns), { replace: true });
  }

  #list() {
    this.shownList.replaceChildren(...this.columns.map((column) => {
      const item = document.createElement("li");
      item.dataset.column = column;
      item.draggable = true;
      item.innerHTML = `<span class="handle" aria-hidden="true">⠿</span><span class="mono"></span><button type="button" data-move="-1" title="Up">↑</button><button type="button" data-move="1" title="Down">↓</button><button type="button" title="Hide">×</button>`;
      item.querySelector(".mono").textContent = column;
      item.querySelector(".mono").title = column;
      for (const button of item.querySelectorAll("button")) button.setAttribute("aria-label", `${button.title} ${column}`);
      return item;
    }));
    this.dialog.querySelector("[data-role=count]").textContent = this.columns.length;
  }

  #drag() {
    let dragged = null;
    const unmark = () => this.shownList.querySelector(".drop-before")?.classList.remove("drop-before");
    this.shownList.addEventListener("dragstart", (event) => (dragged = event.target.closest("li")));
    this.shownList.addEventListener("dragover", (event) => {
      const item = event.target.closest("li");
      if (!dragged || !item) return;
      event.preventDefault();
      unmark();
      item.classList.add("drop-before");
    });
    this.shownList.addEventListener("drop", (event) => {
      const target = event.target.closest("li")?.dataset.column;
      const column = dragged?.dataset.column;
      if (!target || !column || target === column) return;
      event.preventDefault();
      const columns = this.columns.filter((one) => one !== column);
      columns.splice(columns.indexOf(target), 0, column);
      this.#show(columns);
    });
    this.shownList.addEventListener("dragend", () => {
      dragged = null;
      unmark();
    });
  }
}

// Whether two columns show the same name, by whichever figure of a metric.
function sameName(one, other) {
  const stem = (text) => (text.startsWith("metric") ? text.replace(/\.(last|min|max|best)$/, "") : text);
  return stem(one) === stem(other);
}

const SHEET = `
  <div class="sheet-head"><h2 id="columns-title">Columns</h2><button type="button" class="icon" data-act="close" aria-label="Close"><svg viewBox="0 0 16 16" aria-hidden="true"><path d="m4 4 8 8M12 4l-8 8"/></svg></button></div>
  <input type="search" placeholder="Search metrics, config, summary, system" aria-label="Search columns" autocomplete="off" spellcheck="false">
  <div class="columns-parts">
    <section aria-label="All columns"><h3><span>Tick to show</span><span data-role="said" role="status"></span></h3><ul data-list="all"></ul><button type="button" class="button small" data-act="more" hidden>More names</button></section>
    <section aria-label="Shown columns"><h3><span>Shown, in this order</span><span data-role="count"></span></h3><ul data-list="shown"></ul></section>
  </div>`;
