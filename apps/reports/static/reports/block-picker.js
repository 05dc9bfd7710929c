// A list of blocks to put into the text, narrowed as one types: by its button, or "/" on an empty line.
import { lineSpan, putBlock, putText } from "./text-edits.js";

export class BlockPicker {
  #typed = ""; // what opened the list, given back by Escape
  #active = 0;

  constructor(picker, area, button) {
    Object.assign(this, { picker, area, button });
    this.query = picker.querySelector("input");
    this.options = [...picker.querySelectorAll("[role=option]")];
    this.none = picker.querySelector("[data-part=none]");
    area.addEventListener("keydown", (event) => this.#slash(event));
    this.query.addEventListener("input", () => this.#narrow());
    this.query.addEventListener("keydown", (event) => this.#key(event));
    picker.addEventListener("toggle", (event) => button.setAttribute("aria-expanded", String(event.newState === "open")));
    button.addEventListener("click", () => this.open(""));
    for (const option of this.options) {
      option.addEventListener("pointerdown", (event) => event.preventDefault());
      option.addEventListener("click", () => this.#take(option));
    }
  }

  open(typed) {
    this.#typed = typed;
    this.query.value = "";
    this.picker.showPopover();
    const { left, bottom } = this.button.getBoundingClientRect();
    this.picker.style.left = `${Math.max(8, Math.min(left, innerWidth - this.picker.offsetWidth - 8))}px`;
    this.picker.style.top = `${Math.max(8, Math.min(bottom + 4, innerHeight - this.picker.offsetHeight - 8))}px`;
    this.#narrow();
    this.query.focus();
  }

  #slash(event) {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const { selectionStart: from, selectionEnd: to, value } = this.area;
    const [start, end] = lineSpan(value, from, to);
    if (value.slice(start, end).trim() !== "") return;
    event.preventDefault();
    this.open("/");
  }

  #shown() {
    return this.options.filter((option) => !option.hidden);
  }

  #narrow() {
    const words = this.query.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const option of this.options) {
      const text = option.textContent.toLowerCase();
      option.hidden = !words.every((word) => text.includes(word));
    }
    this.none.hidden = this.#shown().length > 0;
    this.#mark(0);
  }

  #mark(place) {
    const shown = this.#shown();
    this.#active = shown.length ? (place + shown.length) % shown.length : 0;
    for (const option of this.options) option.setAttribute("aria-selected", String(option === shown[this.#active]));
    const chosen = shown[this.#active];
    if (chosen) {
      this.query.setAttribute("aria-activedescendant", chosen.id);
      chosen.scrollIntoView({ block: "nearest" });
    } else this.query.removeAttribute("aria-activedescendant");
  }

  #key(event) {
    if (event.isComposing) return;
    const chosen = this.#shown()[this.#active];
    if (event.key === "ArrowDown") this.#mark(this.#active + 1);
    else if (event.key === "ArrowUp") this.#mark(this.#active - 1);
    else if (event.key === "Enter") chosen && this.#take(chosen);
    else if (event.key === "Escape") this.#leave();
    else if (event.key === "Tab") this.#leave();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  #leave() {
    this.picker.hidePopover();
    if (this.#typed) putText(this.area, `${this.#typed}${this.query.value}`);
    else this.area.focus();
  }

  #take(option) {
    this.picker.hidePopover();
    if (option.dataset.act) {
      this.area.focus();
      option.dispatchEvent(new CustomEvent("paceline:block", { bubbles: true, detail: option.dataset.act }));
    } else putBlock(this.area, option.querySelector("template").content.textContent);
  }
}
