// The one request that keeps a page current: asks for what its members lack, hands out what came.
// Every 2 s while something works, seldom while something may begin, never on a page of ended runs or one that is not looked at.

import { readBody } from "./series-format.js";

const ADDRESS = "/api/v1/live/";
const EVERY_MS = { live: 2000, waits: 20_000 };
const LEAST_MS = 500; // between an answer and the next request, however long it took
const SILENT_MS = 10_000; // without an answer, until the page says so
const MOST_MS = 30_000; // between two tries
const ANSWER_MS = 30_000;
const SILENT = "Not updating: the server does not answer.";
const GONE = new Set([403, 404, 410]);

// A member of the page: pace() is "live", "waits" or "" (nothing to follow); ask(body) adds what it holds to what is said and returns
// a function that takes over the answer, or null; lose(ids), of runs that are not there any more.
class LivePoll {
  members = new Set();
  began = performance.now(); // the newest request, or the page
  failed = 0; // tries since the last answer
  stopped = false;
  notes = {}; // kind to the paragraph that says it

  constructor() {
    addEventListener("visibilitychange", () => this.#seen());
    addEventListener("pageshow", (event) => event.persisted && this.#seen());
    addEventListener("online", () => this.#seen());
  }

  join(member) {
    this.members.add(member);
    this.wake();
  }

  leave(member) {
    this.members.delete(member);
  }

  // Plans the next request: when it is due at the members' pace, or sooner when a try has failed.
  wake() {
    if (this.stopped || this.asking) return;
    const paces = [...this.members].map((member) => member.pace());
    const every = EVERY_MS[paces.includes("live") ? "live" : paces.includes("waits") ? "waits" : ""];
    if (!every || document.visibilityState !== "visible") return this.#rest();
    const wait = this.failed ? Math.min(MOST_MS, EVERY_MS.live * 2 ** (this.failed - 1)) * (0.75 + Math.random() / 2) : Math.max(LEAST_MS, this.began + every - performance.now());
    const due = performance.now() + wait;
    if (this.timer && this.due <= due) return;
    this.#rest();
    this.due = due;
    this.timer = setTimeout(() => this.now().catch(() => {}), wait);
  }

  #rest() {
    clearTimeout(this.timer);
    this.timer = null;
  }

  // Asks at once, whatever the pace. Throws Error with the server's words.
  async now() {
    this.#rest();
    this.asking?.abort();
    const mine = (this.asking = new AbortController());
    this.began = performance.now();
    const late = setTimeout(() => mine.abort(new Error("The server did not answer.")), ANSWER_MS);
    const silent = setTimeout(() => this.#say("state", SILENT), SILENT_MS);
    try {
      const body = {};
      const takers = [...this.members].map((member) => member.ask(body)).filter(Boolean);
      if (Object.keys(body).length === 0) return;
      const answer = await this.#ask(body, mine.signal);
      if (mine !== this.asking) return;
      this.failed = 0;
      this.since = null;
      this.#say("state", "");
      if (answer.lost?.length) for (const member of this.members) member.lose?.(answer.lost);
      for (const take of takers) await take(answer);
    } catch (error) {
      if (mine === this.asking) this.#failed(error);
      throw error;
    } finally {
      clearTimeout(late);
      clearTimeout(silent);
      if (mine === this.asking) {
        this.asking = null;
        this.wake();
      }
    }
  }

  async #ask(body, signal) {
    const asked = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body), signal, credentials: "same-origin" };
    const response = await fetch(ADDRESS, asked).catch((error) => {
      throw error.name === "TypeError" ? new Error("The server did not answer.") : error;
    });
    if (response.ok) return readBody(await response.arrayBuffer());
    const { message } = await response.json().catch(() => ({}));
    throw Object.assign(new Error(message ?? `The server answered ${response.status}.`), { status: response.status });
  }

  #failed(error) {
    if (error.name === "AbortError") return;
    if (error.status === 401) this.end("You are signed out, so this page does not follow any more.", { text: "Sign in", url: location.href });
    else if (GONE.has(error.status)) this.end(error.message);
    else {
      this.since ??= performance.now();
      this.failed += 1;
      if (performance.now() - this.since >= SILENT_MS) this.#say("state", SILENT);
    }
  }

  // Nothing more will come: says why.
  end(message, link = null) {
    this.stopped = true;
    this.#rest();
    this.#say("state", message, link);
  }

  // Somebody looks at the page again, or it has a network again: nobody knows what it missed.
  #seen() {
    this.#rest();
    if (this.stopped || document.visibilityState !== "visible") return;
    if ([...this.members].some((member) => member.pace())) this.now().catch(() => {});
  }

  // Says what has gone from the page: for as long as it is open.
  tellLost(text) {
    this.#say("lost", text);
  }

  // A quiet note at the foot of the page, one of each kind; "" takes it away.
  #say(kind, text, link = null) {
    if ((this.notes[kind]?.dataset.text ?? "") === text) return;
    this.notes[kind]?.remove();
    this.notes[kind] = null;
    if (!text) return;
    const note = document.createElement("p");
    note.dataset.text = text;
    note.textContent = text;
    if (link) {
      const anchor = document.createElement("a");
      anchor.href = link.url;
      anchor.textContent = link.text;
      note.append(" ", anchor);
    }
    if (!this.foot) {
      this.foot = document.createElement("div");
      this.foot.className = "live-notes";
      this.foot.setAttribute("role", "status");
      document.body.append(this.foot);
    }
    this.foot.append(note);
    this.notes[kind] = note;
  }
}

export const livePoll = new LivePoll();
