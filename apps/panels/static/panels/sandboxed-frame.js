// A document of ours in which a library draws: sandboxed and without an origin, so that it may draw, say how that went, and no more.
// Browsers run all such frames of a page in one process beside the page's. So when one of them does not answer, none does: one that
// has something to draw is taken away for good, any when none has, and the others begin anew in another process.

const OPENS_MS = 20_000;
const PING_MS = 4_000; // from one answer to the next question whether it still works
export const SILENT_MS = 10_000; // without an answer, until it is taken away
const LATE_MS = 2_000; // by which the page's own clock was late: the machine slept, or the page was busy
const CALM_MS = 600; // until the process of frames that were taken away is gone

const watched = new Set(); // the frames of this page that are asked whether they work
let stoppedAt = -CALM_MS;

export class SandboxedFrame {
  // mark: what all its messages carry; hear(data): each of those, when it came from this frame's window and no other.
  // lost(): the frame was taken away, as it did not answer for SILENT_MS; moved(): it was, on account of another one; draws(): whether it
  // has something to draw. Without them nobody asks whether it works.
  constructor({ host, src, title, mark, hear, lost = null, moved = null, draws = null }) {
    Object.assign(this, { mark, hear, lost, moved, draws, asked: 0 });
    this.element = document.createElement("iframe");
    this.element.title = title;
    this.element.src = src;
    this.element.setAttribute("sandbox", "allow-scripts");
    this.ready = new Promise((resolve, reject) => {
      this.opened = resolve;
      this.opening = setTimeout(() => reject(new Error("The frame that draws it did not open.")), OPENS_MS);
    });
    this.ready.catch(() => {}); // who draws hears of it
    this.heard = (event) => this.#hear(event);
    this.seen = () => (document.visibilityState === "visible" ? this.watch() : this.#rest());
    addEventListener("message", this.heard);
    if (lost) {
      watched.add(this);
      document.addEventListener("visibilitychange", this.seen);
    }
    const wait = stoppedAt + CALM_MS - performance.now();
    if (wait > 0) setTimeout(() => !this.ended && host.append(this.element), wait);
    else host.append(this.element);
  }

  tell(message) {
    this.element.contentWindow?.postMessage({ paceline: this.mark, ...message }, "*"); // its origin is opaque
  }

  #hear({ source, data }) {
    if (!source || source !== this.element.contentWindow || typeof data !== "object" || data === null || data.paceline !== this.mark) return;
    if (data.type === "ready") {
      clearTimeout(this.opening);
      this.isOpen = true;
      this.opened();
    } else if (data.type !== "alive") this.hear(data);
    else if (data.n === this.asked) this.#alive();
  }

  // Asks whether it still works, behind whatever it was told before.
  watch() {
    if (!this.lost || this.ended || document.visibilityState !== "visible") return;
    clearTimeout(this.asking);
    this.asked += 1;
    this.tell({ type: "ping", n: this.asked });
    if (!this.silent) this.#wait();
  }

  #wait() {
    const due = performance.now() + SILENT_MS;
    this.silent = setTimeout(() => {
      if (performance.now() - due > LATE_MS) return this.#wait();
      const silent = [...watched].filter((one) => one.silent);
      const worst = silent.find((one) => one.draws()) ?? this;
      const gone = [...watched].filter((one) => one.silent || !one.isOpen); // one that opens would keep the process
      for (const one of gone) one.end();
      stoppedAt = performance.now();
      for (const one of gone) if (one !== worst) one.moved();
      return worst.lost();
    }, SILENT_MS);
  }

  #alive() {
    this.#rest();
    this.asking = setTimeout(() => this.watch(), PING_MS);
  }

  #rest() {
    clearTimeout(this.silent);
    clearTimeout(this.asking);
    this.silent = null;
  }

  end() {
    this.ended = true;
    this.#rest();
    clearTimeout(this.opening);
    watched.delete(this);
    removeEventListener("message", this.heard);
    document.removeEventListener("visibilitychange", this.seen);
    this.element.remove();
  }
}
