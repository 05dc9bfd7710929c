// A field for JSON: a text area with its lines numbered, coloured and marked behind it. Only the lines in view are painted.
import { offsetOf, painted } from "./json-lines.js";

const INDENT = "  ";
const BESIDE = 8; // lines painted above and below those in view

class CodeField extends HTMLElement {
  connectedCallback() {
    if (this.area) return;
    this.area = this.querySelector("textarea");
    this.marks = new Map(); // line to what is wrong there
    this.paint = this.insertBefore(part("code-paint"), this.area);
    this.gutter = this.insertBefore(part("code-gutter"), this.area);
    this.area.addEventListener("input", () => this.#read());
    this.area.addEventListener("scroll", () => this.#soon());
    this.area.addEventListener("keydown", (event) => this.#key(event));
    this.area.addEventListener("focus", () => (this.leaving = false));
    this.gutter.addEventListener("click", (event) => event.target.dataset.line && this.goTo(Number(event.target.dataset.line), 1));
    this.sizes = new ResizeObserver(() => this.#soon());
    this.sizes.observe(this);
    this.#read();
  }

  disconnectedCallback() {
    this.sizes?.disconnect();
  }

  get value() {
    return this.area.value;
  }

  // Puts another text in the place of all; Ctrl Z brings the old one back where the browser lets it.
  set value(text) {
    if (text === this.area.value) return;
    this.area.focus({ preventScroll: true });
    this.area.select();
    if (!document.execCommand("insertText", false, text)) this.area.value = text;
    this.area.setSelectionRange(0, 0);
    this.area.scrollTop = 0;
    this.#read();
  }

  // problems: [{line, column, message}]
  mark(problems) {
    this.marks = new Map();
    for (const { line, message } of problems) if (line) this.marks.set(line, [...(this.marks.get(line) ?? []), message]);
    this.area.setAttribute("aria-invalid", String(problems.length > 0));
    this.#soon();
  }

  goTo(line, column) {
    const at = offsetOf(this.area.value, line, column);
    this.area.focus();
    this.area.setSelectionRange(at, at);
    this.area.scrollTop = Math.max(0, (line - 1) * this.lineHeight - this.area.clientHeight / 3);
  }

  #read() {
    this.lines = this.area.value.split("\n");
    this.style.setProperty("--digits", String(Math.max(2, String(this.lines.length).length)));
    this.#soon();
  }

  #soon() {
    this.painting ??= requestAnimationFrame(() => {
      this.painting = null;
      this.#draw();
    });
  }

  #draw() {
    const { scrollTop, scrollLeft, clientHeight } = this.area;
    this.lineHeight = parseFloat(getComputedStyle(this.area).lineHeight);
    const first = Math.max(0, Math.floor(scrollTop / this.lineHeight) - BESIDE);
    const last = Math.min(this.lines.length, Math.ceil((scrollTop + clientHeight) / this.lineHeight) + BESIDE);
    const shown = this.lines.slice(first, last);
    this.paint.replaceChildren(...shown.map((line, at) => this.#line(line, first + at + 1)));
    this.gutter.replaceChildren(...shown.map((_, at) => this.#number(first + at + 1)));
    const top = first * this.lineHeight - scrollTop;
    this.paint.style.transform = `translate(${-scrollLeft}px, ${top}px)`;
    this.gutter.style.transform = `translateY(${top}px)`;
  }

  #line(text, number) {
    const line = document.createElement("div");
    line.classList.toggle("bad", this.marks.has(number));
    for (const [kind, piece] of painted(text)) {
      if (!kind) line.append(piece);
      else line.appendChild(Object.assign(document.createElement("span"), { className: `json-${kind}` })).append(piece);
    }
    line.append("\u200b"); // so that an empty line is as high as others
    return line;
  }

  #number(number) {
    const place = document.createElement("div");
    place.dataset.line = number;
    place.textContent = number;
    const wrong = this.marks.get(number);
    place.classList.toggle("bad", Boolean(wrong));
    if (wrong) place.title = wrong.join("\n");
    return place;
  }

  // Tab indents until Escape was pressed; then it leaves the field, as everywhere.
  #key(event) {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") {
      this.leaving = true;
      this.dispatchEvent(new CustomEvent("paceline:leaving", { bubbles: true }));
    } else if (event.key === "Tab" && !this.leaving) {
      event.preventDefault();
      this.#indent(event.shiftKey);
    } else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.#newLine();
    } else if (event.key !== "Tab" && event.key !== "Shift") this.leaving = false;
  }

  #newLine() {
    const { value, selectionStart: at, selectionEnd: end } = this.area;
    const before = value.slice(value.lastIndexOf("\n", at - 1) + 1, at);
    const indent = /^\s*/.exec(before)[0];
    const opens = /[[{]\s*$/.test(before);
    this.#insert(`\n${indent}${opens ? INDENT : ""}`);
    if (opens && /^\s*[\]}]/.test(value.slice(end))) {
      const back = this.area.selectionStart;
      this.#insert(`\n${indent}`);
      this.area.setSelectionRange(back, back);
    }
  }

  #indent(back) {
    const { value, selectionStart, selectionEnd } = this.area;
    if (!back && selectionStart === selectionEnd) return this.#insert(INDENT);
    const from = value.lastIndexOf("\n", selectionStart - 1) + 1;
    const to = selectionEnd > from && value[selectionEnd - 1] === "\n" ? selectionEnd - 1 : selectionEnd;
    const lines = value.slice(from, to).split("\n");
    const moved = lines.map((line) => (back ? line.replace(/^ {1,2}/, "") : INDENT + line)).join("\n");
    this.area.setSelectionRange(from, to);
    this.#insert(moved);
    this.area.setSelectionRange(from, from + moved.length);
    return undefined;
  }

  #insert(text) {
    if (!document.execCommand("insertText", false, text)) this.area.setRangeText(text, this.area.selectionStart, this.area.selectionEnd, "end");
    this.#read();
  }
}

function part(name) {
  const found = Object.assign(document.createElement("div"), { className: name });
  found.setAttribute("aria-hidden", "true");
  return found;
}

customElements.define("code-field", CodeField);
