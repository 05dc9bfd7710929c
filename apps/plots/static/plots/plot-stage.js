// Where a plot is drawn: Vega below, rings and the brushed rectangle above, and what the pointer does there.
import { framed, raster } from "../panels/picture.js";
import { shape } from "./plot-colours.js";

const drawing = import("./drawing.js"); // large: the first plot is asked for while it comes
const DRAG_PX = 5;
const GUTTER = { left: 54, right: 14, top: 22, bottom: 40 };
const FEWEST_PX = 40;

export class PlotStage {
  // handlers: point(px, py, event) with nulls outside, press(px, py, event), brush([x0, x1], [y0, y1], event), again().
  constructor(host, handlers) {
    this.host = host;
    this.handlers = handlers;
    this.canvas = Object.assign(document.createElement("div"), { className: "plot-canvas" });
    this.over = shape("svg", { class: "plot-over", "aria-hidden": "true" });
    this.brushed = shape("rect", { class: "brush", visibility: "hidden" });
    this.chosen = shape("g", {});
    this.hovered = shape("g", {});
    this.inner = shape("g", {});
    this.inner.append(this.brushed, this.chosen, this.hovered);
    this.over.append(this.inner);
    host.replaceChildren(this.canvas, this.over);
    this.#listen();
  }

  // The size of the plot without its gutters, px. left: of the gutter for labels of y.
  measure(left = GUTTER.left) {
    const { width, height } = this.host.getBoundingClientRect();
    this.gutter = { ...GUTTER, left };
    this.size = { width: Math.max(FEWEST_PX, width - left - GUTTER.right), height: Math.max(FEWEST_PX, height - GUTTER.top - GUTTER.bottom) };
    this.over.setAttribute("viewBox", `0 0 ${Math.max(1, width)} ${Math.max(1, height)}`);
    this.inner.setAttribute("transform", `translate(${left} ${GUTTER.top})`);
    return this.size;
  }

  // Draws a spec. signals(vega) and datasets as it names them; titles: of the axes.
  async draw(name, signals, datasets, titles) {
    const turn = (this.turn = (this.turn ?? 0) + 1);
    const { plotView, vega } = await drawing;
    if (turn !== this.turn || !this.host.isConnected) return false;
    const given = signals(vega);
    if (this.name !== name) {
      this.view?.finalize();
      const place = document.createElement("div");
      this.canvas.replaceChildren(place);
      this.view = plotView(place, name, { ...this.size, signals: given });
      this.name = name;
    } else {
      this.view.width(this.size.width).height(this.size.height);
      for (const [signal, value] of Object.entries(given)) this.view.signal(signal, value);
    }
    this.view.padding(this.gutter);
    for (const [dataset, rows] of Object.entries(datasets)) this.view.data(dataset, rows);
    const { width, height } = this.size;
    this.view.data("titles", [
      { x: width, y: height + GUTTER.bottom - 9, text: titles.x, align: "right" },
      { x: -this.gutter.left + 6, y: -12, text: titles.y, align: "left" },
    ]);
    await this.view.runAsync();
    return turn === this.turn;
  }

  // Circles around places: [{x, y, r, colour}] in px.
  rings(group, circles) {
    this[group].replaceChildren(...circles.map(({ x, y, r, colour }) => shape("circle", { cx: x, cy: y, r, stroke: colour })));
  }

  // "svg" as text, "png" as a Blob. facts: {title, said, names, look}.
  async image(type, facts) {
    const picture = await framed(this.view, { foot: "", ...facts });
    return type === "svg" ? picture.text : raster(picture);
  }

  end() {
    this.turn = -1;
    this.view?.finalize();
    this.view = null;
  }

  #place(event) {
    const box = this.host.getBoundingClientRect();
    return [event.clientX - box.left - this.gutter.left, event.clientY - box.top - this.gutter.top];
  }

  #listen() {
    let from = null;
    let dragged = false;
    const inside = ([px, py]) => px >= -8 && py >= -8 && px <= this.size.width + 8 && py <= this.size.height + 8;
    const stop = () => {
      from = null;
      dragged = false;
      this.brushed.setAttribute("visibility", "hidden");
    };
    this.host.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || !this.view || event.pointerType === "touch") return;
      const at = this.#place(event);
      if (!inside(at)) return;
      from = at;
      this.host.setPointerCapture(event.pointerId);
    });
    this.host.addEventListener("pointermove", (event) => {
      if (!this.view) return;
      const at = this.#place(event);
      if (from && (dragged || Math.hypot(at[0] - from[0], at[1] - from[1]) > DRAG_PX)) {
        dragged = true;
        const [x, y] = this.#stretch(from, at);
        for (const [name, value] of [["x", x[0]], ["y", y[0]], ["width", x[1] - x[0]], ["height", y[1] - y[0]], ["visibility", "visible"]]) this.brushed.setAttribute(name, value);
        this.handlers.point(null, null, event);
      } else {
        this.handlers.point(...(inside(at) ? at : [null, null]), event);
      }
    });
    this.host.addEventListener("pointerup", (event) => {
      if (!from) return;
      const at = this.#place(event);
      const [began, moved] = [from, dragged];
      stop();
      if (moved) this.handlers.brush(...this.#stretch(began, at), event);
      else this.handlers.press(...at, event);
    });
    this.host.addEventListener("click", (event) => {
      if (event.pointerType === "touch" && this.view) this.handlers.point(...this.#place(event), event);
    });
    this.host.addEventListener("pointercancel", stop);
    this.host.addEventListener("pointerleave", (event) => this.handlers.point(null, null, event));
    this.host.addEventListener("dblclick", () => this.handlers.again());
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && dragged) stop();
    });
  }

  #stretch(from, to) {
    const cut = (value, most) => Math.min(most, Math.max(0, value));
    const ends = (place, most) => [cut(Math.min(from[place], to[place]), most), cut(Math.max(from[place], to[place]), most)];
    return [ends(0, this.size.width), ends(1, this.size.height)];
  }
}
