// Asks for what the panels in view lack, all of it in one request, and draws the answers, those in sight first.
import { GUTTER } from "./geometry.js";
import { question } from "./questions.js";
import { joined } from "./shared-charts.js";

const GATHER_MS = 16; // panels that come into view together are asked for together
const RENEW_MS = 3000;
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

  watch(panel) {
    this.observer.observe(panel);
  }

  // A panel is no longer on the page; what it has drawn it keeps.
  leave(panel) {
    this.observer.unobserve(panel);
    this.visible.delete(panel);
  }

  stop() {
    clearTimeout(this.renewing);
    this.observer.disconnect();
  }

  #seen(entries) {
    for (const entry of entries) {
      if (entry.isIntersecting) this.visible.add(entry.target);
      else this.visible.delete(entry.target);
    }
    const back = new Set(entries.filter(({ isIntersecting, target }) => isIntersecting && target.raw && !target.view).map(({ target }) => target));
    if (back.size) this.board.redraw((panel) => back.has(panel));
    this.refresh();
    this.board.live?.looked();
  }

  // The panels in view.
  inView() {
    return this.board.panels.filter((panel) => this.visible.has(panel) && panel.clientWidth > 0);
  }

  // The panels in view that draw the answer to their question of now: [{panel, asked}].
  followed() {
    return this.inView()
      .filter((panel) => !panel.dataset.keys) // what shares a chart is asked for anew
      .map((panel) => ({ panel, asked: this.#asked(panel) }))
      .filter(({ panel, asked }) => this.answers.has(panel) && this.loaded.get(panel) === JSON.stringify(asked));
  }

  // The questions that a drawn panel is the answer to.
  askedFor(panel) {
    return [JSON.parse(this.loaded.get(panel))].flat();
  }

  // What a panel asks: one question, or a list of one for each of its metrics.
  #asked(panel) {
    const { shown, view, runs } = this.board;
    this.grows ||= shown.some((id) => runs.get(id)?.state === "running");
    const of = (key) => {
      const asked = question(key, shown, view, plotWidth(panel), Number(panel.dataset.runs) || shown.length);
      return this.grows ? { ...asked, growing: true } : asked;
    };
    return panel.dataset.keys ? JSON.parse(panel.dataset.keys).map(of) : of(panel.dataset.key);
  }

  // Asks, soon, for what the panels in view lack.
  refresh() {
    clearTimeout(this.gathering);
    this.gathering = setTimeout(() => this.#ask(), GATHER_MS);
  }

  async #ask() {
    const wanted = this.inView()
      .map((panel) => ({ panel, asked: this.#asked(panel) }))
      .filter(({ panel, asked }) => this.loaded.get(panel) !== JSON.stringify(asked));
    if (wanted.length === 0) return;
    for (const { panel, asked } of wanted) {
      this.loaded.set(panel, JSON.stringify(asked));
      this.answers.delete(panel);
    }
    if (this.board.shown.length === 0) {
      for (const { panel } of wanted) await this.board.draw(panel, { key: panel.dataset.key, from: 0, to: 1, selected: 0, shown: 0, runs: [] });
      return;
    }
    for (const { panel } of wanted) panel.classList.add("asking");
    const began = performance.now();
    let answers;
    try {
      const came = await this.board.client.ask(wanted.flatMap((one) => one.asked));
      answers = wanted.map(({ asked }) => joined(came.splice(0, [asked].flat().length)));
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
    this.#renew(wanted.filter(({ asked }) => Array.isArray(asked)).map(({ panel }) => panel));
    this.board.live?.looked();
  }

  // Asks again, after a while, for panels of several metrics while a run goes on: nobody follows them line by line.
  #renew(panels) {
    const { shown, runs } = this.board;
    if (panels.length === 0 || !shown.some((id) => runs.get(id)?.state === "running")) return;
    clearTimeout(this.renewing);
    this.renewing = setTimeout(() => {
      if (document.visibilityState !== "visible") return this.#renew(panels);
      for (const panel of panels) this.loaded.delete(panel);
      this.refresh();
    }, RENEW_MS);
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

// Lets the browser do something else.
export function pause() {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
