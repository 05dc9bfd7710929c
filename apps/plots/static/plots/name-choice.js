// Chooses a name among all that runs of a project have, by search: for an axis, a colour, a group.
import { ask } from "./plot-client.js";

const SEARCH_MS = 150;
const FIGURES = ["last", "min", "max", "best"];
let sheet = null;

// Opens below a button. columns: the path of the search; current: the name it shows now; none: words for no name, where that can be.
export function chooseName(button, { columns, current, none, label, pick }) {
  sheet ??= new NameSheet();
  sheet.open(button, { columns, current, none, label, pick });
}

class NameSheet {
  constructor() {
    this.box = document.createElement("div");
    this.box.className = "column-menu name-sheet";
    this.box.popover = "auto";
    this.box.innerHTML = SHEET;
    [this.field, this.list, this.said, this.figures, this.more] = ["input", "[role=listbox]", "[role=status]", ".segmented", "[data-act=more]"].map((part) => this.box.querySelector(part));
    this.field.addEventListener("input", () => {
      clearTimeout(this.waiting);
      this.waiting = setTimeout(() => this.#search(), SEARCH_MS);
    });
    this.field.addEventListener("keydown", (event) => this.#key(event));
    this.list.addEventListener("click", (event) => this.#choose(event.target.closest("[role=option]")));
    this.figures.addEventListener("click", (event) => this.#figure(event.target.closest("button")));
    this.more.addEventListener("click", () => this.#search(this.next));
    this.box.addEventListener("toggle", (event) => event.newState === "closed" && this.#closed());
  }

  open(button, asked) {
    this.asked = asked;
    this.button = button;
    button.closest("run-table, dialog, main").append(this.box);
    this.field.value = "";
    this.field.setAttribute("aria-label", asked.label);
    this.list.replaceChildren();
    const figure = /^metric.*\.(last|min|max|best)$/s.exec(asked.current ?? "")?.[1];
    this.figures.hidden = !figure;
    for (const one of this.figures.children) one.setAttribute("aria-pressed", String(one.textContent === figure));
    this.box.showPopover();
    button.setAttribute("aria-expanded", "true");
    const [from, size] = [button.getBoundingClientRect(), this.box.getBoundingClientRect()];
    this.box.style.left = `${Math.max(8, Math.min(from.left, innerWidth - size.width - 8))}px`;
    this.box.style.top = `${Math.max(8, Math.min(from.bottom + 4, innerHeight - size.height - 8))}px`;
    this.field.focus();
    this.#search();
  }

  #closed() {
    this.asking?.abort();
    this.button?.setAttribute("aria-expanded", "false");
    if (this.box.contains(document.activeElement) || document.activeElement === document.body) this.button?.focus();
  }

  async #search(begin = 0) {
    this.asking?.abort();
    const mine = (this.asking = new AbortController());
    try {
      const search = this.field.value.trim();
      const found = await ask(this.asked.columns, new URLSearchParams({ search, begin }), mine.signal);
      if (mine !== this.asking) return;
      const offered = found.columns.filter(({ text }) => !["finished", "tags", "notes", "heartbeat", "id"].includes(text));
      const items = [...(this.asked.none && !begin && !search ? [{ text: "", title: this.asked.none, of: "" }] : []), ...offered].map((one) => this.#option(one));
      if (begin) this.list.append(...items);
      else this.list.replaceChildren(...items);
      this.next = found.next;
      this.more.hidden = found.next === null;
      this.said.textContent = items.length || begin ? "" : "No name has this in it.";
      if (!begin) this.#point(search ? 0 : -1);
    } catch (error) {
      if (error.name !== "AbortError") this.said.textContent = `The names could not be read: ${error.message}`;
    }
  }

  #option({ text, title, of }) {
    const option = document.createElement("div");
    option.setAttribute("role", "option");
    option.dataset.text = text;
    option.id = `name-option-${this.list.children.length}-${(this.made = (this.made ?? 0) + 1)}`;
    option.setAttribute("aria-selected", "false");
    option.classList.toggle("current", text === (this.asked.current ?? ""));
    const words = Object.assign(document.createElement("span"), { className: of ? "mono truncate" : "truncate", textContent: title, title: text });
    option.append(words, Object.assign(document.createElement("small"), { textContent: of }));
    return option;
  }

  #point(place) {
    this.place = place;
    [...this.list.children].forEach((option, each) => option.setAttribute("aria-selected", String(each === place)));
    const option = this.list.children[place];
    if (option) {
      this.field.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    } else {
      this.field.removeAttribute("aria-activedescendant");
    }
  }

  #choose(option) {
    if (!option) return;
    this.box.hidePopover();
    this.asked.pick(option.dataset.text);
  }

  #figure(button) {
    if (!button) return;
    this.box.hidePopover();
    this.asked.pick(this.asked.current.replace(/\.(last|min|max|best)$/, `.${button.textContent}`));
  }

  #key(event) {
    const count = this.list.children.length;
    if ((event.key === "ArrowDown" || event.key === "ArrowUp") && count) this.#point((this.place + (event.key === "ArrowDown" ? 1 : this.place < 0 ? 0 : -1) + count) % count);
    else if (event.key === "Enter") this.#choose(this.list.children[this.place]);
    else return;
    event.preventDefault();
  }
}

const SHEET = `
  <div class="segmented" role="group" aria-label="Which value of the metric">${FIGURES.map((figure) => `<button type="button">${figure}</button>`).join("")}</div>
  <input type="search" role="combobox" aria-expanded="true" aria-autocomplete="list" aria-controls="name-list" placeholder="Search metrics, config, summary" autocomplete="off" autocapitalize="off" spellcheck="false">
  <div id="name-list" role="listbox" aria-label="Names"></div>
  <p class="muted" role="status"></p>
  <button type="button" class="plain link" data-act="more" hidden>More names</button>`;
