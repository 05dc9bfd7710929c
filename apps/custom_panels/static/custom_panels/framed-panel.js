// One panel in its frame, from the page's side: what is drawn, in which colours, and what becomes of a frame that does not answer.
import { lookOf, themeNow } from "../panels/board-look.js";
import { SandboxedFrame, SILENT_MS } from "../panels/sandboxed-frame.js";
import { isDrawn, isFailed, isNoted, isPoint } from "./frame-messages.js";

export const FRAME = "/frames/panel/";
const LOST = `It did not answer for ${SILENT_MS / 1000} seconds and was stopped, so that the page goes on.`;

export class FramedPanel {
  // host: the element it fills. title: what the frame is called. pointed(run or null), noted(text), lost(error): what happens in it later.
  constructor(host, { title, pointed = () => {}, noted = () => {}, lost = () => {} }) {
    Object.assign(this, { host, title, pointed, noted, lost });
    this.waiting = new Map(); // id of a drawing to {resolve, reject, asked}
    this.count = 0;
    this.good = null; // what was drawn last
    this.looks = () => requestAnimationFrame(() => this.frame?.tell({ type: "look", look: this.#look() }));
    document.addEventListener("paceline:look", this.looks);
  }

  // Draws spec over data, {source: {column: values}}. Returns {ms, height, notes}. Throws Error: what was drawn before stays then, save
  // where the error has stopped: true, when it is drawn again.
  draw(spec, data) {
    return new Promise((resolve, reject) => {
      const id = (this.count += 1);
      this.waiting.set(id, { resolve, reject, asked: { spec, data } });
      this.#ask(id);
    });
  }

  async #ask(id) {
    this.frame ??= this.#open();
    const { frame } = this;
    try {
      await frame.ready;
    } catch (error) {
      frame.end();
      if (this.frame === frame) this.frame = null;
      this.waiting.get(id)?.reject(error);
      this.waiting.delete(id);
    }
    if (this.frame !== frame || !this.waiting.has(id)) return; // it was taken away meanwhile
    const { asked, reject } = this.waiting.get(id);
    try {
      frame.tell({ type: "draw", id, ...asked, look: this.#look() });
    } catch (error) {
      this.waiting.delete(id);
      return reject(new Error(`It cannot be sent to its frame: ${error.message}`)); // nested by thousands
    }
    frame.watch();
  }

  #open() {
    return new SandboxedFrame({
      host: this.host,
      src: FRAME,
      title: this.title,
      mark: "panel",
      hear: (data) => this.#hear(data),
      lost: () => this.#lost(),
      moved: () => this.#moved(),
      draws: () => this.waiting.size > 0,
    });
  }

  #look() {
    const { ink, muted, hairline, surface, accent, runs } = lookOf(this.host, []);
    return { theme: themeNow(), ink, muted, line: hairline, surface, accent, runs };
  }

  #hear(data) {
    if (isPoint(data)) this.pointed(data.run);
    else if (isNoted(data)) this.noted(data.message);
    else if ((isDrawn(data) || isFailed(data)) && this.waiting.has(data.id)) {
      const { resolve, reject, asked } = this.waiting.get(data.id);
      this.waiting.delete(data.id);
      if (data.type === "failed") return reject(new Error(data.message));
      this.good = asked;
      resolve(data);
    }
  }

  // Another frame had to be stopped, and this one with it: it begins anew with what it was asked for, or had.
  #moved() {
    this.frame = null;
    const waiting = [...this.waiting.values()];
    this.waiting.clear();
    const newest = waiting.pop();
    for (const { reject } of waiting) reject(stopped());
    const { spec, data } = newest?.asked ?? this.good ?? {};
    if (spec) this.draw(spec, data).then(newest?.resolve, newest?.reject ?? (() => {}));
  }

  // What was drawn last is drawn again, in a new frame, unless that is what did not answer.
  #lost() {
    this.frame = null;
    const waiting = [...this.waiting.values()];
    this.waiting.clear();
    const again = waiting.length ? this.good : null;
    this.good = null;
    if (again) this.draw(again.spec, again.data).catch(() => {});
    for (const { reject } of waiting) reject(stopped());
    if (!waiting.length) this.lost(stopped());
  }

  end() {
    document.removeEventListener("paceline:look", this.looks);
    this.frame?.end();
    this.frame = null;
    for (const { reject } of this.waiting.values()) reject(stopped());
    this.waiting.clear();
  }
}

function stopped() {
  return Object.assign(new Error(LOST), { stopped: true });
}
