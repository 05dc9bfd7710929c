// The lines of a run that a page has read: fetched in blocks when they are wanted, forgotten when many others were. No DOM.

const BLOCK = 250; // lines
const MOST_BLOCKS = 80;
const WIDTH = 2000; // characters of a line, at first

export class ConsoleLines {
  // url: of the lines. changed(): called when lines arrived.
  constructor(url, total, changed) {
    this.url = url;
    this.total = total;
    this.unfinished = [];
    this.problem = "";
    this.changed = changed;
    this.blocks = new Map(); // number of the block → its lines so far, in the order of use
    this.reading = new Set();
  }

  // The line with a number (from 1 on), or undefined while it is not here.
  get(n) {
    return this.blocks.get(blockOf(n))?.[(n - 1) % BLOCK];
  }

  // Reads what is missing of lines first..last.
  want(first, last) {
    for (let block = blockOf(Math.max(1, first)); block <= blockOf(Math.min(last, this.total)); block += 1) {
      const held = this.blocks.get(block);
      const full = Math.min(BLOCK, this.total - block * BLOCK);
      if (held) {
        this.blocks.delete(block);
        this.blocks.set(block, held);
      }
      if ((held?.length ?? 0) < full) this.#read(block);
    }
  }

  async #read(block) {
    if (this.reading.has(block)) return;
    this.reading.add(block);
    const held = this.blocks.get(block)?.length ?? 0;
    const first = block * BLOCK + held + 1;
    try {
      const answer = await this.#ask({ from: first, limit: BLOCK - held, width: WIDTH });
      this.#keep(answer.lines);
      this.#counted(answer);
    } catch (error) {
      this.problem = error.message;
    } finally {
      this.reading.delete(block);
    }
    this.changed();
  }

  // Reads what is new since the last line known of; whether there was anything.
  async follow() {
    const before = this.total;
    const was = JSON.stringify(this.unfinished);
    const answer = await this.#ask({ after: before, limit: BLOCK, width: WIDTH });
    this.#keep(answer.lines);
    this.#counted(answer);
    const fresh = this.total > before || JSON.stringify(this.unfinished) !== was;
    if (fresh) this.changed();
    return fresh;
  }

  // Reads a whole line that was cut, and keeps it.
  async whole(n) {
    const answer = await this.#ask({ from: n, limit: 1 });
    const block = this.blocks.get(blockOf(n));
    if (block && answer.lines.length) block[(n - 1) % BLOCK] = answer.lines[0];
    this.changed();
  }

  // The whole texts of lines first..last; at most 20,000 of them.
  async texts(first, last) {
    const found = [];
    let from = first;
    while (from <= last && found.length < 20000) {
      const answer = await this.#ask({ from, limit: Math.min(5000, last - from + 1) });
      if (!answer.lines.length) break;
      found.push(...answer.lines.map((line) => line.text));
      from = answer.lines.at(-1).n + 1;
    }
    return found;
  }

  // One page of a search. asked: {search, regex, case, stream, after}.
  search(asked, signal) {
    return this.#ask({ ...asked, limit: 1000, width: 80 }, signal);
  }

  async #ask(asked, signal) {
    const params = new URLSearchParams(Object.entries(asked).filter(([, value]) => value !== "" && value !== undefined));
    const response = await fetch(`${this.url}?${params}`, { credentials: "same-origin", signal });
    const answer = await response.json().catch(() => ({}));
    if (!response.ok) throw new Error(answer.message ?? `The server answered ${response.status}.`);
    return answer;
  }

  #counted(answer) {
    this.problem = "";
    this.total = Math.max(this.total, answer.total);
    this.unfinished = answer.unfinished ?? [];
  }

  // Takes lines over where they join what is here.
  #keep(lines) {
    for (const line of lines) {
      const number = blockOf(line.n);
      let block = this.blocks.get(number);
      if (!block) this.blocks.set(number, (block = []));
      const place = (line.n - 1) % BLOCK;
      if (place === block.length) block.push(line);
    }
    while (this.blocks.size > MOST_BLOCKS) this.blocks.delete(this.blocks.keys().next().value);
  }
}

function blockOf(n) {
  return Math.floor((n - 1) / BLOCK);
}
