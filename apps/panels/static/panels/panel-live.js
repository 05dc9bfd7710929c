// Follows running runs: asks every few seconds whether what is in view has moved, and draws what has.

const LIVE_MS = 3000;

export class PanelLive {
  constructor(board) {
    this.board = board;
    this.timer = setInterval(() => this.#follow(), LIVE_MS);
  }

  stop() {
    clearInterval(this.timer);
  }

  get #running() {
    const { shown, runs } = this.board;
    return shown.some((id) => runs.get(id)?.state === "running");
  }

  async #follow() {
    const { board } = this;
    const { loading } = board;
    if (document.visibilityState !== "visible" || this.polling) return;
    const running = this.#running;
    if (!running && !this.wasRunning) return;
    this.wasRunning = running; // once more after the last run ended
    const wanted = loading.followed();
    loading.forgetOutOfView();
    if (wanted.length === 0 || board.shown.length === 0 || wanted.some(({ panel }) => panel.dragging)) return;
    this.polling = true;
    try {
      const answers = await board.client.ask(wanted.map((one) => one.asked), { changedOnly: true });
      if (answers) await loading.drawAll(wanted, answers);
      board.classList.remove("stale");
    } catch {
      board.classList.add("stale"); // the charts stay as they are; the next tick asks again
    } finally {
      this.polling = false;
    }
  }
}
