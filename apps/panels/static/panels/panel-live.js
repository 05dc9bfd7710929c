// A board's part of the live request: the charts in view, by the marks of the lines they hold.
import { joinedAnswer, marksOf } from "./held-lines.js";
import { livePoll } from "./live-poll.js";

export class PanelLive {
  constructor(board) {
    this.board = board;
    this.cursor = ""; // of the newest answer
    this.settled = new WeakSet(); // panels that were asked for after the last run had ended
    livePoll.join(this);
  }

  stop() {
    livePoll.leave(this);
  }

  // Other panels came into view.
  looked() {
    livePoll.wake();
  }

  get #running() {
    const { shown, runs } = this.board;
    return shown.some((id) => runs.get(id)?.state === "running");
  }

  #wanted() {
    const wanted = this.board.loading.followed().filter(({ panel }) => !panel.dragging);
    return this.#running ? wanted : wanted.filter(({ panel, asked }) => asked.growing && !this.settled.has(panel)); // once more after the end
  }

  lose(ids) {
    this.board.lose(ids);
  }

  pace() {
    return this.#running || this.#wanted().length ? "live" : "";
  }

  ask(body) {
    const wanted = this.#wanted();
    if (wanted.length === 0) return null;
    const { loading } = this.board;
    const before = wanted.map(({ panel }) => loading.answers.get(panel));
    const first = body.questions?.length ?? 0;
    body.questions = [...(body.questions ?? []), ...wanted.map(({ asked }) => asked)];
    body.held = [...(body.held ?? []), ...before.map(marksOf)];
    body.cursor = first ? "" : this.cursor; // of several boards together there is none
    const running = this.#running;
    return async (answer) => {
      for (const { panel } of wanted) {
        if (running) this.settled.delete(panel);
        else this.settled.add(panel);
      }
      this.cursor = answer.cursor;
      const nobody = answer.lost.length > 0 && wanted[0].asked.runs.every((id) => answer.lost.includes(id));
      for (const id of this.board.shown) if (answer.running && !answer.running.includes(id)) this.board.runs.get(id).state = "ended";
      if (!answer.answers || nobody) return; // what is drawn stays
      const joined = answer.answers.slice(first, first + wanted.length).map((came, place) => joinedAnswer(before[place], came));
      const moved = wanted.map((one, place) => ({ ...one, answer: joined[place] })).filter((one, place) => one.answer !== before[place] && loading.answers.get(one.panel) === before[place]);
      await loading.drawAll(moved, moved.map((one) => one.answer));
    };
  }
}
