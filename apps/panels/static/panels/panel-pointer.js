// The pointer over one chart: dragging zooms, with Shift it moves, a click pins the nearest run, a double click shows the whole range.
// Left of the plot it is about values: dragging there chooses their range, a double click shows all.
import { GUTTER, draggedRange, draggedValues, fromPixel, toPixel } from "./geometry.js";
import { isMetric } from "./view-state.js";

const CLICK_PX = 4;
const NEAR_PX = 22;
const DOUBLE_CLICK_MS = 220;

export class PanelPointer {
  constructor(panel) {
    this.panel = panel;
    this.start = null; // where a drag began, {axis, at} in pixels of the plot
    this.moving = null; // with Shift the range moves with the pointer: the frame it began in
    this.clicked = 0;
    panel.addEventListener("pointerdown", (event) => this.#down(event));
    panel.addEventListener("pointermove", (event) => this.#move(event));
    panel.addEventListener("pointerup", (event) => this.#up(event));
    panel.addEventListener("pointercancel", () => this.#stop());
    panel.addEventListener("paceline:stop-drag", () => this.#stop());
    panel.addEventListener("pointerleave", () => panel.board.point(null, panel));
    panel.addEventListener("dblclick", () => {
      clearTimeout(this.clicked);
      if (this.#place(event)[0] < 0) panel.board.setRange(panel.key, null);
      else panel.board.zoom(null, null);
    });
  }

  #place(event) {
    const box = this.panel.getBoundingClientRect();
    return [event.clientX - box.left - GUTTER.left, event.clientY - box.top - GUTTER.top];
  }

  #down(event) {
    const { panel } = this;
    if (event.button !== 0 || !panel.frame || panel.setting.x !== panel.board.view.x || event.target.closest("button")) return;
    const [px, py] = this.#place(event);
    this.start = px < 0 ? { axis: "y", at: py } : { axis: "x", at: px };
    this.moving = event.shiftKey ? panel.frame : null;
    panel.setPointerCapture(event.pointerId);
  }

  #move(event) {
    const { panel } = this;
    if (!panel.frame) return;
    const [px, py] = this.#place(event);
    if (this.start !== null) {
      const { axis, at } = this.start;
      const to = axis === "x" ? px : py;
      if (Math.abs(to - at) > CLICK_PX) {
        panel.dragging = true;
        panel.scene.drag = this.moving && axis === "x" ? null : { axis, from: at, to };
        panel.paint();
        return;
      }
    }
    const { plot, xFrom, xTo } = panel.frame;
    panel.classList.toggle("at-values", px < 0);
    if (px < -2 || px > plot.width + 2) {
      panel.board.point(null, panel);
      return;
    }
    const x = fromPixel(Math.min(plot.width, Math.max(0, px)), xFrom, xTo, plot.width);
    panel.board.point(x, panel, this.#runAt(px, py), event);
  }

  #up(event) {
    const { panel, start, moving } = this;
    if (start === null) return;
    const [px, py] = this.#place(event);
    const { dragging } = panel;
    this.#stop();
    if (dragging && start.axis === "y") {
      panel.board.setRange(panel.key, draggedValues(start.at, py, panel.frame));
    } else if (dragging) {
      const { xFrom, xTo, plot } = panel.frame;
      const whole = !isMetric(panel.setting.x);
      if (moving) {
        const by = fromPixel(start.at - px, 0, xTo - xFrom, plot.width);
        panel.board.zoom(...(whole ? [Math.round(xFrom) + Math.round(by), Math.round(xTo) + Math.round(by)] : [xFrom + by, xTo + by]));
      } else {
        panel.board.zoom(...draggedRange(start.at, px, xFrom, xTo, plot.width, whole));
      }
    } else if (event.pointerType === "mouse" && start.axis === "x") {
      const run = this.#runAt(px, py);
      clearTimeout(this.clicked);
      this.clicked = setTimeout(() => panel.board?.pin(run), DOUBLE_CLICK_MS); // a second click means the whole range instead
    }
  }

  #stop() {
    const { panel } = this;
    this.start = null;
    this.moving = null;
    panel.dragging = false;
    panel.scene.drag = null;
    panel.paint();
  }

  // The run whose line is nearest to the pointer, within a few pixels; null without one.
  #runAt(px, py) {
    const { xFrom, xTo, yFrom, yTo, log, plot } = this.panel.frame;
    let best = null;
    let distance = NEAR_PX;
    for (const point of this.panel.at(fromPixel(px, xFrom, xTo, plot.width))) {
      if (log && !(point.y > 0)) continue;
      const far = Math.abs(plot.height - toPixel(point.y, yFrom, yTo, plot.height, log) - py);
      if (far < distance) {
        distance = far;
        best = point.run;
      }
    }
    return best;
  }
}
