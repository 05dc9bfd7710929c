// The console of a run: mounts the lines on screen, finds, follows, copies. What is chosen is in the address: #L5, #L5-L20.
import { copyText } from "../core/copy-text.js";
import { ConsoleFind } from "./console-find.js";
import { ConsoleLines } from "./console-lines.js";
import { gap, row } from "./console-row.js";
import { ConsoleScroll } from "./console-scroll.js";
import { plain } from "./ansi.js";
import { isTyping } from "../core/page.js";
import { grouped } from "./grouping.js";
import { isLive } from "./live-page.js";

const POLL_MS = 2000;
const TYPING_MS = 250;
const BEYOND = 12; // lines mounted beyond the screen
const TIMES = ["off", "clock", "since"];

class ConsoleView extends HTMLElement {
  connectedCallback() {
    this.lines = new ConsoleLines(this.dataset.lines, Number(this.dataset.total), () => this.#arrived());
    this.find = new ConsoleFind(this.lines, () => this.#found());
    this.scroller = this.#part("scroller");
    this.pane = this.#part("pane");
    this.rows = new Map(); // place (from 0 on) → element
    this.heights = new Map(); // place → px, of wrapped lines
    this.chosen = null; // [first, last] line numbers
    this.times = TIMES.includes(remembered("times")) ? remembered("times") : "off";
    this.wraps = remembered("wrap") === "1";
    this.following = false;
    this.position = new ConsoleScroll(this.scroller, this.#part("runway"), (place) => this.heights.get(place), (by) => this.#scrolled(by));
    this.pane.replaceChildren();
    this.dataset.ready = "";
    for (const hidden of this.querySelectorAll(".console-tools [hidden]:not([data-part=chosen], [data-act=copy])")) hidden.hidden = false;
    this.#listen();
    this.#look();
    if (!this.#goToHash()) this.#follow(true);
    this.#restoreSearch();
    this.polling = setInterval(() => this.#poll(), POLL_MS);
  }

  disconnectedCallback() {
    clearInterval(this.polling);
    this.resizing?.disconnect();
  }

  #part(name) {
    return this.querySelector(`[data-part=${name}]`);
  }

  #listen() {
    const form = this.querySelector("form");
    this.input = form.elements.search;
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("input", () => this.#searchSoon());
    this.input.addEventListener("keydown", (event) => this.#typed(event));
    this.addEventListener("click", (event) => this.#clicked(event));
    this.addEventListener("copy", (event) => this.#copied(event));
    document.addEventListener("keydown", (event) => this.#key(event));
    addEventListener("hashchange", () => this.#goToHash());
    document.addEventListener("visibilitychange", () => this.#poll());
    this.resizing = new ResizeObserver(() => this.#resized());
    this.resizing.observe(this.scroller);
    document.addEventListener("paceline:look", () => this.#resized());
  }

  // --- What is on screen ---

  get count() {
    return this.lines.total + this.lines.unfinished.length;
  }

  #look() {
    this.pane.classList.toggle("wraps", this.wraps);
    this.querySelector("[data-act=wrap]").setAttribute("aria-pressed", String(this.wraps));
    for (const button of this.querySelectorAll("[data-times]")) button.setAttribute("aria-pressed", String(button.dataset.times === this.times));
    this.#remount();
  }

  // Makes all rows anew and keeps the place.
  #remount() {
    this.rows.clear();
    this.heights.clear();
    this.pane.replaceChildren();
    this.#measure();
    this.#draw();
  }

  #resized() {
    this.heights.clear();
    this.#measure();
    if (this.following) this.#goEnd();
    else this.position.go(this.position.top);
    this.#draw();
  }

  #measure() {
    const rowHeight = parseFloat(getComputedStyle(this).getPropertyValue("--console-row")) || 20;
    this.position.resize(this.count, rowHeight, this.wraps);
    this.pane.style.setProperty("--view", `${this.position.view}px`);
    this.pane.style.setProperty("--digits", String(this.lines.total).length);
  }

  // Something was read: lines of the window, new ones, or a count.
  #arrived() {
    this.toggleAttribute("data-empty", this.count === 0);
    this.input.placeholder = `Find in ${grouped(this.lines.total)} line${this.lines.total === 1 ? "" : "s"}`;
    this.#measure();
    if (this.following && !this.#selecting()) this.#goEnd();
    this.#draw();
  }

  #draw() {
    if (this.drawing) return;
    this.drawing = requestAnimationFrame(() => {
      this.drawing = null;
      this.#mount();
    });
  }

  // Puts the lines around the top edge into the pane. A row that is there already stays the same element.
  #mount() {
    const first = Math.floor(this.position.top);
    const from = Math.max(0, first - BEYOND);
    const to = Math.min(this.count, first + Math.ceil(this.position.view / this.position.rowHeight) + BEYOND);
    this.lines.want(from + 1, Math.min(to, this.lines.total));
    for (const [place, element] of this.rows) {
      if (place < from || place >= to) {
        element.remove();
        this.rows.delete(place);
      }
    }
    let before = null;
    for (let place = from; place < to; place += 1) {
      const element = this.#row(place);
      if (before ? before.nextSibling !== element : this.pane.firstChild !== element) this.pane.insertBefore(element, before ? before.nextSibling : this.pane.firstChild);
      before = element;
    }
    this.#shift(first, from);
    this.#mark();
    this.#say();
  }

  #row(place) {
    const line = place < this.lines.total ? this.lines.get(place + 1) : this.lines.unfinished[place - this.lines.total];
    const held = this.rows.get(place);
    if (held && held.line === line) return held;
    const marks = line && this.#marksOf(line) ? (text) => this.find.ranges(text) : null;
    const element = line ? row(line, { times: this.times, started: Number(this.dataset.started) * 1000, marks }) : gap(place + 1);
    element.line = line;
    const earlier = line ? this.lines.get(place) : undefined;
    if (line && earlier && earlier.attempt !== line.attempt) element.dataset.attempt = `attempt ${line.attempt}`;
    held?.remove();
    this.rows.set(place, element);
    this.heights.delete(place);
    return element;
  }

  #marksOf(line) {
    return this.find.active && line.n !== null && this.find.matches(line.n);
  }

  // Moves the pane's content so that the top edge lies where it should.
  #shift(first, from) {
    if (this.wraps) {
      for (const [place, element] of this.rows) this.heights.set(place, element.offsetHeight);
      if (this.following && !this.#selecting()) this.position.top = this.position.end;
    }
    const top = Math.floor(this.position.top);
    const target = this.rows.get(top);
    const share = this.position.top - top;
    const above = target ? target.offsetTop + share * target.offsetHeight : (first - from) * this.position.rowHeight;
    this.pane.style.setProperty("--shift", `${-Math.round(above)}px`);
  }

  #mark() {
    for (const [place, element] of this.rows) {
      const n = place + 1;
      element.classList.toggle("hit", this.find.active && place < this.lines.total && this.find.matches(n));
      element.classList.toggle("current", this.find.current === n);
      element.classList.toggle("chosen", this.chosen !== null && n >= this.chosen[0] && n <= this.chosen[1]);
    }
  }

  #say() {
    const behind = this.lines.total - Math.ceil(this.position.top + this.position.view / this.position.rowHeight);
    const button = this.querySelector("[data-act=follow]");
    button.hidden = this.following || behind <= 0;
    this.#part("behind").textContent = isLive() ? "Follow" : "To the end";
    this.#part("count").textContent = this.lines.problem || this.find.said();
    this.#part("count").classList.toggle("problem", Boolean(this.lines.problem || this.find.problem));
    const copy = this.querySelector("[data-act=copy]");
    copy.hidden = this.#part("chosen").hidden = this.chosen === null;
    if (this.chosen) {
      const [first, last] = this.chosen;
      this.#part("chosen").textContent = first === last ? `line ${grouped(first)}` : `${grouped(last - first + 1)} lines`;
    }
  }

  // --- Moving ---

  #scrolled(by) {
    if (by < 0) this.following = false;
    else if (this.position.top >= this.position.end - 1) this.following = true;
    this.#draw();
  }

  #goEnd() {
    this.position.go(this.count);
  }

  #follow(on) {
    this.following = on;
    if (on) this.#goEnd();
    this.#draw();
  }

  // Brings a line into view: below the top edge by a third of the screen.
  #show(n) {
    this.following = false;
    const seen = this.position.view / this.position.rowHeight;
    const place = n - 1;
    if (place < this.position.top + 1 || place > this.position.top + seen - 2) this.position.go(place - seen / 3);
    this.#draw();
  }

  async #poll() {
    if (document.visibilityState !== "visible" || this.asking || (!isLive() && this.polled)) return;
    this.asking = true;
    this.polled = !isLive(); // once more after the end, for its last lines
    try {
      await this.lines.follow();
    } catch {
      this.polled = false; // the next look tries again
    }
    this.asking = false;
  }

  #selecting() {
    const selection = getSelection();
    return !selection.isCollapsed && this.pane.contains(selection.anchorNode);
  }

  // --- Lines in the address ---

  #goToHash() {
    const named = location.hash.match(/^#L(\d{1,15})(?:-L?(\d{1,15}))?$/);
    if (!named) return false;
    const ends = [Number(named[1]), Number(named[2] ?? named[1])].map((n) => Math.max(1, n));
    this.chosen = [Math.min(...ends), Math.max(...ends)];
    this.#show(Math.min(this.chosen[0], Math.max(1, this.lines.total)));
    return true;
  }

  #choose(n, extend) {
    const from = extend && this.chosen ? this.chosen[0] : n;
    const [first, last] = [Math.min(from, n), Math.max(from, n)];
    this.chosen = [first, last];
    this.following = false;
    history.replaceState(null, "", first === last ? `#L${first}` : `#L${first}-L${last}`);
    this.#draw();
  }

  #unchoose() {
    this.chosen = null;
    history.replaceState(null, "", location.pathname + location.search);
    this.#draw();
  }

  async #copyChosen() {
    if (!this.chosen) return;
    const said = this.#part("chosen");
    try {
      const texts = await this.lines.texts(...this.chosen);
      const holder = document.createElement("pre");
      holder.className = "visually-hidden";
      holder.textContent = texts.map(plain).join("\n");
      this.append(holder);
      const copied = await copyText(holder.textContent, holder);
      holder.remove();
      said.textContent = copied ? `copied ${grouped(texts.length)}` : "The browser did not allow to copy.";
    } catch (error) {
      said.textContent = error.message;
    }
  }

  // Copying a selection leaves out numbers and times by their style; with chosen lines and no selection, those are meant.
  #copied(event) {
    if (!getSelection().isCollapsed || !this.chosen || isTyping(event.target)) return;
    event.preventDefault();
    this.#copyChosen();
  }

  // --- Finding ---

  #searchSoon() {
    clearTimeout(this.typing);
    this.typing = setTimeout(() => this.#search(), TYPING_MS);
  }

  #search() {
    clearTimeout(this.typing);
    const form = this.querySelector("form");
    const flag = (name) => (form.querySelector(`[data-flag=${name}]`).getAttribute("aria-pressed") === "true" ? "1" : "");
    const asked = { search: this.input.value, regex: flag("regex"), case: flag("case"), stream: form.elements.stream.value };
    const params = new URLSearchParams(Object.entries(asked).filter(([, value]) => value));
    history.replaceState(null, "", location.pathname + (params.size ? `?${params}` : "") + location.hash);
    if (!asked.search && !asked.stream) {
      this.find.clear();
      this.#found();
    } else this.find.start(asked, Math.floor(this.position.top) + 1);
  }

  #restoreSearch() {
    const params = new URLSearchParams(location.search);
    const form = this.querySelector("form");
    this.input.value = params.get("search") ?? "";
    if (["stdout", "stderr"].includes(params.get("stream"))) form.elements.stream.value = params.get("stream");
    for (const button of form.querySelectorAll("[data-flag]")) button.setAttribute("aria-pressed", String(params.get(button.dataset.flag) === "1"));
    if (this.input.value || form.elements.stream.value) this.#search();
  }

  #found() {
    if (this.find.current !== null && this.find.current !== this.shown) this.#show(this.find.current);
    this.shown = this.find.current;
    this.rows.forEach((element) => {
      element.line = null; // its marks may be others now
    });
    this.#draw();
  }

  #typed(event) {
    if (event.key === "Enter") {
      event.preventDefault();
      if (this.find.active && this.find.asked.search === this.input.value) this.find.step(event.shiftKey ? -1 : 1);
      else this.#search();
    } else if (event.key === "Escape") {
      this.input.value = "";
      this.#search();
      this.scroller.focus();
      event.stopImmediatePropagation();
    }
  }

  // --- Buttons and keys ---

  #clicked(event) {
    const link = event.target.closest("a.n");
    if (link && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      this.#choose(Number(link.textContent), event.shiftKey);
      return;
    }
    const button = event.target.closest("button");
    if (!button) return;
    const { whole, flag, step, times } = button.dataset;
    if (whole) this.lines.whole(Number(whole));
    else if (step) this.find.step(Number(step));
    else if (times) this.#set("times", times);
    else if (flag) {
      button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
      this.#search();
    } else this.#do(button.dataset.act);
  }

  #do(what) {
    if (what === "wrap") this.#set("wrap", this.wraps ? "0" : "1");
    else if (what === "follow") this.#follow(true);
    else if (what === "copy") this.#copyChosen();
  }

  #set(name, value) {
    remember(name, value);
    if (name === "times") this.times = value;
    else this.wraps = value === "1";
    this.#look();
    if (this.following) this.#goEnd();
    else this.position.go(this.position.top);
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || document.querySelector("dialog[open]")) return;
    const acts = {
      n: () => this.find.step(1),
      N: () => this.find.step(-1),
      f: () => this.#follow(true),
      G: () => this.#follow(true),
      g: () => this.#show(1),
      w: () => this.#do("wrap"),
      t: () => this.#set("times", TIMES[(TIMES.indexOf(this.times) + 1) % TIMES.length]),
      y: () => this.#copyChosen(),
      Escape: () => this.#unchoose(),
    };
    if (!(event.key in acts)) return;
    event.preventDefault();
    acts[event.key]();
  }
}

function remembered(name) {
  try {
    return localStorage.getItem(`paceline:console:${name}`);
  } catch {
    return null; // storage may be off
  }
}

function remember(name, value) {
  try {
    localStorage.setItem(`paceline:console:${name}`, value);
  } catch {
    // the choice holds for this page
  }
}

customElements.define("console-view", ConsoleView);
