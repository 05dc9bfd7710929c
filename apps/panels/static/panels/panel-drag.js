// Panels taken by their title are moved, by their corner resized; what a menu does too.
import { GUTTER } from "./geometry.js";

const TAKEN_PX = 6;

export class PanelDrag {
  constructor(board) {
    this.board = board;
    this.taken = null; // {figure, grip, x, y, moved}
    board.addEventListener("pointerdown", (event) => this.#down(event));
    board.addEventListener("pointermove", (event) => this.#move(event));
    board.addEventListener("pointerup", (event) => this.#up(event));
    board.addEventListener("pointercancel", () => this.#let());
  }

  #down(event) {
    const figure = event.target.closest("figure.panel:not(.large)");
    const grip = event.target.closest(".panel-grip");
    const title = event.target.closest("figcaption");
    if (event.button !== 0 || event.pointerType === "touch" || !figure || (!grip && !title) || event.target.closest("button, .panel-menu")) return;
    this.taken = { figure, grip, x: event.clientX, y: event.clientY, moved: false };
    this.board.setPointerCapture(event.pointerId);
    event.preventDefault(); // no text is selected
  }

  #move(event) {
    const { taken } = this;
    if (!taken) return;
    const far = Math.hypot(event.clientX - taken.x, event.clientY - taken.y);
    if (!taken.moved && far < TAKEN_PX) return;
    taken.moved = true;
    taken.figure.classList.add("taken");
    this.#mark(taken.grip ? null : this.#under(event));
  }

  // The panel of the same section that the pointer is over.
  #under({ clientX, clientY }) {
    const found = document.elementFromPoint(clientX, clientY)?.closest("figure.panel");
    return found && found !== this.taken.figure && found.closest("details") === this.taken.figure.closest("details") ? found : null;
  }

  #mark(figure) {
    this.target?.classList.remove("target");
    figure?.classList.add("target");
    this.target = figure;
  }

  #up(event) {
    const { taken, target } = this;
    this.#let();
    if (!taken?.moved) return;
    const key = keyOf(taken.figure);
    if (taken.grip) {
      const box = taken.figure.getBoundingClientRect();
      const [columns, rows] = this.board.layout.sizeOf(key);
      const by = (pixels, one) => Math.round(pixels / (one - GUTTER.right));
      this.board.layout.resize(key, [columns + by(event.clientX - taken.x, box.width / columns), rows + by(event.clientY - taken.y, box.height / rows)]);
    } else if (target) {
      this.board.layout.move(key, { before: keyOf(target) });
    }
  }

  #let() {
    this.taken?.figure.classList.remove("taken");
    this.#mark(null);
    this.taken = null;
  }
}

function keyOf(figure) {
  return figure.querySelector("panel-chart").key;
}
