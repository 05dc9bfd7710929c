// Where the pointer is, on all charts at once, and the run that stands before the others.
import { plotWidth } from "./board-loading.js";
import { MEAN_FROM_RUNS, exactQuestion } from "./questions.js";
import { Readout } from "./readout.js";

const HOVER_MS = 70;
const CURSORS = 40;

export class BoardPointing {
  constructor(board) {
    this.board = board;
    this.highlighted = board.view.pin;
    this.readout = new Readout(board);
  }

  // The pointer is at x on `source` (null: nowhere), nearest to the line of `run`.
  point(x, source, run = null, event = null) {
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => {
      const { view } = this.board;
      for (const panel of this.#drawn().slice(0, CURSORS)) panel.cursor(x);
      if (!view.pin) this.highlight(x === null ? null : run);
      if (x === null || !event || event.pointerType === "touch") this.readout.hide();
      else this.readout.show(event, x, view.x, source.at(x), source.marksNear(x), view.pin ?? run, (id) => this.board.named(id));
    });
  }

  highlight(run) {
    const wanted = run ?? this.board.view.pin ?? null;
    if (wanted === this.highlighted) return;
    this.highlighted = wanted;
    this.#showHighlight();
    document.dispatchEvent(new CustomEvent("paceline:highlight", { detail: { run: wanted } }));
  }

  // Shows the highlighted run again, when there is one: after panels were drawn.
  show() {
    if (this.highlighted) this.#showHighlight();
  }

  // The view's pinned run is another one now.
  pinned() {
    this.highlighted = undefined;
    this.highlight(this.board.view.pin);
  }

  #drawn() {
    return this.board.loading.inView().filter((panel) => panel.answer);
  }

  #showHighlight() {
    const { board } = this;
    const run = this.highlighted;
    const drawn = this.#drawn();
    for (const panel of drawn) panel.highlight(run);
    clearTimeout(this.hovering);
    if (run === null || board.view.group || board.shown.length < MEAN_FROM_RUNS) return;
    this.hovering = setTimeout(() => this.#fetchExact(run, drawn.filter((panel) => panel.needsExact(run))), HOVER_MS);
  }

  async #fetchExact(run, panels) {
    if (panels.length === 0 || run !== this.highlighted) return;
    const asked = panels.map((panel) => exactQuestion(panel.dataset.key, run, this.board.view, plotWidth(panel)));
    const before = panels.map((panel) => panel.answer);
    let answers;
    try {
      answers = await this.board.client.ask(asked);
    } catch {
      return; // the mean stays highlighted
    }
    panels.forEach((panel, place) => {
      const line = answers[place].runs[0];
      if (line && panel.answer === before[place]) panel.showExact(run, line);
    });
  }
}
