// Suggests names, operators and values while one writes a filter. The field works without it.
import { replaced, spaced } from "./filter-text.js";

const ASK_MS = 120;

class FilterBox extends HTMLElement {
  connectedCallback() {
    this.field = this.querySelector("input");
    this.list = document.createElement("ul");
    this.list.className = "filter-options";
    this.list.id = "filter-options";
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", "What may be written here");
    this.list.hidden = true;
    this.append(this.list);
    for (const [name, value] of [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-controls", this.list.id], ["aria-expanded", "false"]]) {
      this.field.setAttribute(name, value);
    }
    this.field.addEventListener("input", () => this.#later());
    this.field.addEventListener("focus", () => this.#later());
    this.field.addEventListener("blur", () => this.#close());
    this.field.addEventListener("keydown", (event) => this.#key(event));
    this.list.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      const option = event.target.closest("li");
      if (option) this.#choose([...this.list.children].indexOf(option));
    });
    this.field.form.addEventListener("submit", () => this.#close());
  }

  #later() {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.#ask(), ASK_MS);
  }

  async #ask() {
    this.asking?.abort();
    const mine = (this.asking = new AbortController());
    const { value, selectionStart } = this.field;
    const params = new URLSearchParams({ text: value, at: [...value.slice(0, selectionStart)].length });
    try {
      const response = await fetch(`${this.dataset.complete}?${params}`, { credentials: "same-origin", signal: mine.signal });
      if (!response.ok || mine !== this.asking) return this.#close();
      this.found = await response.json();
    } catch {
      return this.#close();
    }
    if (document.activeElement === this.field && value === this.field.value) this.#show(value);
  }

  #show(value) {
    const { suggestions, begin, end } = this.found;
    const written = [...value].slice(begin, end).join("");
    if (!suggestions.length || (suggestions.length === 1 && suggestions[0].text === written)) return this.#close();
    this.list.replaceChildren(...suggestions.map((one, place) => {
      const option = document.createElement("li");
      option.id = `filter-option-${place}`;
      option.setAttribute("role", "option");
      const [text, kind] = [document.createElement("span"), document.createElement("span")];
      text.textContent = one.text;
      kind.textContent = one.kind;
      option.append(text, kind);
      return option;
    }));
    this.list.hidden = false;
    this.field.setAttribute("aria-expanded", "true");
    this.#point(-1);
  }

  #close() {
    clearTimeout(this.waiting);
    this.asking?.abort();
    this.asking = null;
    this.list.hidden = true;
    this.field.setAttribute("aria-expanded", "false");
    this.field.removeAttribute("aria-activedescendant");
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

  #choose(place) {
    const suggestion = this.found.suggestions[place];
    const { text, at } = replaced(this.field.value, this.found.begin, this.found.end, spaced(suggestion));
    this.field.value = text;
    this.field.focus();
    this.field.setSelectionRange(at, at);
    this.#close();
    this.#later();
  }

  #key(event) {
    if (this.list.hidden) return;
    const count = this.list.children.length;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      this.#point((this.place + (event.key === "ArrowDown" ? 1 : this.place < 0 ? 0 : -1) + count) % count);
    } else if ((event.key === "Enter" || event.key === "Tab") && this.place >= 0) {
      this.#choose(this.place);
    } else if (event.key === "Escape") {
      this.#close();
      event.stopPropagation();
    } else {
      return;
    }
    event.preventDefault();
  }
}

customElements.define("filter-box", FilterBox);
