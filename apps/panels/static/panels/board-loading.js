// Asks for what the panels in view lack, all of it in one request, and draws the answers, those in sight first.
import { GUTTER } from "./geometry.js";
import { question } from "./questions.js";

const GATHER_MS = 16; // panels that come into view together are asked for together
const AHEAD = "160px"; // how far before it scrolls into view a panel counts as in view

export class BoardLoading {
  constructor(board) {
    this.board = board;
    this.visible = new Set();
    this.loaded = new WeakMap(); // panel to the question it was last drawn for
    this.answers = new WeakMap(); // panel to the answer it draws, as it came
    this.grows = false; // whether a shown run has been running: its charts are asked for so that they can be followed
    this.observer = new IntersectionObserver((entries) => this.#seen(entries), { rootMargin: AHEAD });
  }

  // Watches the panels the board has now.
  watch() {
    this.observer.disconnect();
    for (const panel of this.board.panels) this.observer.observe(panel);
  }

  stop() {
    this.observer.disconnect();
  }

  #seen(entries) {
    for (const entry of entries) {
      if (entry.isIntersecting) this.visible.add(entry.target);
      else this.visible.delete(entry.target);
    }
    this.refresh();
    this.board.live?.looked();
  }

  // The panels in view.
  inView() {
    return this.board.panels.filter((panel) => this.visible.has(panel) && panel.clientWidth > 0);
  }

  // The panels in view that draw the answer to their question of now: [{panel, asked}].
  followed() {
    return this.inView().map((panel) => ({ panel, asked: this.#question(panel) })).filter(({ panel, asked }) => this.answers.has(panel) && this.loaded.get(panel) === JSON.stringify(asked));
  }

  // The questions that a drawn panel is the answer to.
  askedFor(panel) {
    return [JSON.parse(this.loaded.get(panel))];
  }

  #question(panel) {
    const { shown, view, runs } = this.board;
    this.grows ||= shown.some((id) => runs.get(id)?.state === "running");
    const asked = question(panel.dataset.key, shown, view, plotWidth(panel), Number(panel.dataset.runs) || shown.length);
    return this.grows ? { ...asked, growing: true } : asked;
  }

  // Asks, soon, for what the panels in view lack.
  refresh() {
    clearTimeout(this.gathering);
    this.gathering = setTimeout(() => this.#ask(), GATHER_MS);
  }

  async #ask() {
    const wanted = this.inView()
      .map((panel) => ({ panel, asked: this.#question(panel) }))
      .filter(({ panel, asked }) => this.loaded.get(panel) !== JSON.stringify(asked));
    if (wanted.length === 0) return;
    for (const { panel, asked } of wanted) {
      this.loaded.set(panel, JSON.stringify(asked));
      this.answers.delete(panel);
    }
    if (this.board.shown.length === 0) {
      for (const { panel, asked } of wanted) await this.board.draw(panel, { key: asked.key, from: 0, to: 1, selected: 0, shown: 0, runs: [] });
      return;
    }
    for (const { panel } of wanted) panel.classList.add("asking");
    const began = performance.now();
    let answers;
    try {
      answers = await this.board.client.ask(wanted.map((one) => one.asked));
    } catch (error) {
      for (const { panel } of wanted) {
        this.loaded.delete(panel);
        panel.fail(error.message, () => this.refresh());
      }
      return;
    } finally {
      for (const { panel } of wanted) panel.classList.remove("asking");
    }
    performance.measure("paceline:data", { start: began });
    await this.drawAll(wanted, answers);
    this.board.live?.looked();
  }

  // wanted: [{panel, asked}]; answers: one each, in their order.
  async drawAll(wanted, answers) {
    const began = performance.now();
    const inSight = wanted.filter(({ panel }) => panel.getBoundingClientRect().top < innerHeight).length; // they come first
    for (const [place, { panel, asked }] of wanted.entries()) {
      if (place === inSight) mark(began, inSight);
      if (this.loaded.get(panel) !== JSON.stringify(asked)) continue; // the page has moved on meanwhile
      this.answers.set(panel, answers[place]);
      try {
        await this.board.draw(panel, answers[place]);
      } catch (error) {
        this.loaded.delete(panel);
        panel.fail(`This panel could not be drawn: ${error.message}`, () => this.refresh());
      }
      await pause();
    }
    if (inSight >= wanted.length) mark(began, wanted.length);
    this.board.dataset.drawnAt = String(Math.round(performance.now()));
    this.board.pointing.show();
  }
}

// Pixels between the gutters of a panel.
export function plotWidth(panel) {
  return panel.clientWidth - GUTTER.left - GUTTER.right;
}

// For benchmarks: everything that can be seen is drawn.
function mark(began, panels) {
  performance.measure("paceline:draw", { start: began, detail: { panels } });
  performance.mark("paceline:drawn");
}

function pause() {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
