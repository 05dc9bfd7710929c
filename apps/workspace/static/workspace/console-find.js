// A search through the lines of a run: its matches, page by page, and which of them is the current one. No DOM.
import { plain } from "./ansi.js";
import { grouped } from "./grouping.js";

export class ConsoleFind {
  // lines: ConsoleLines. changed(): called when matches arrived or the search changed.
  constructor(lines, changed) {
    this.lines = lines;
    this.changed = changed;
    this.clear();
  }

  clear() {
    this.asking?.abort();
    this.asking = null;
    this.asked = null; // {search, regex, case, stream}
    this.numbers = []; // of the lines that match, ascending
    this.more = false; // there may be further matches
    this.next = "";
    this.at = -1; // place of the current match in numbers
    this.busy = false;
    this.problem = "";
  }

  get active() {
    return this.asked !== null;
  }

  get current() {
    return this.numbers[this.at] ?? null;
  }

  // Searches anew; the first match from line `from` on becomes the current one, or the first of all.
  async start(asked, from) {
    this.clear();
    this.asked = asked;
    if (!(await this.#read())) return;
    const place = this.numbers.findIndex((n) => n >= from);
    this.at = this.numbers.length ? Math.max(0, place) : -1;
    this.changed();
  }

  // Moves to the next (1) or previous (-1) match, around the ends.
  async step(by) {
    if (!this.active || this.busy) return;
    if (this.at + by >= this.numbers.length && this.more) await this.#read();
    const { length } = this.numbers;
    if (length) this.at = (this.at + by + length) % length;
    this.changed();
  }

  // Reads the next page of matches, going on where the server ended early for time. False: another search has begun.
  async #read() {
    const mine = (this.asking = new AbortController());
    this.busy = true;
    this.changed();
    const enough = this.numbers.length + 1000;
    try {
      do {
        const answer = await this.lines.search({ ...this.asked, after: this.next }, mine.signal);
        if (mine !== this.asking) return false;
        this.numbers.push(...answer.lines.map((line) => line.n));
        this.next = answer.next;
        this.more = answer.more;
      } while (this.more && this.numbers.length < enough);
    } catch (error) {
      if (mine !== this.asking) return false;
      this.problem = error.message;
    }
    this.busy = false;
    return true;
  }

  // "3 of 128", "1 of the first 1,000", …
  said() {
    if (!this.active) return "";
    if (this.problem) return this.problem;
    if (this.busy && !this.numbers.length) return "Looking…";
    const count = grouped(this.numbers.length);
    if (!this.numbers.length) return "No line";
    return `${grouped(this.at + 1)} of ${this.more ? `the first ${count}` : count}`;
  }

  // What to highlight in a text. A regular expression is the server's to run: a link to a page must not hang a browser.
  ranges(text) {
    if (!this.active || !this.asked.search || this.asked.regex === "1") return [];
    const fold = this.asked.case === "1" ? (one) => one : (one) => one.toLowerCase();
    const [where, what] = [fold(text), fold(plain(this.asked.search))];
    if (where.length !== text.length || !what) return [];
    const found = [];
    for (let at = where.indexOf(what); at >= 0 && found.length < 500; at = where.indexOf(what, at + what.length)) {
      found.push([at, at + what.length]);
    }
    return found;
  }

  matches(n) {
    let [low, high] = [0, this.numbers.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.numbers[middle] < n) low = middle + 1;
      else high = middle;
    }
    return this.numbers[low] === n;
  }
}
