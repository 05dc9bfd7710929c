// What moves over a drawn chart: crosshair, dots, the highlighted run, the dragged stretch. One canvas; Vega is not touched.
import { GUTTER, toPixel } from "./geometry.js";

export class PanelOverlay {
  constructor(host) {
    this.canvas = document.createElement("canvas");
    this.canvas.className = "overlay";
    this.canvas.setAttribute("aria-hidden", "true");
    host.append(this.canvas);
    this.clean = true;
  }

  resize(width, height) {
    const scale = devicePixelRatio || 1;
    this.width = width;
    this.height = height;
    this.canvas.width = Math.round(width * scale);
    this.canvas.height = Math.round(height * scale);
    this.canvas.style.width = `${width}px`;
    this.canvas.style.height = `${height}px`;
    this.clean = true;
  }

  // frame: {xFrom, xTo, yFrom, yTo, log, plot: {width, height}}. scene: {cursor, dots, lines, drag}; colours: {surface, ink, accent}.
  draw(frame, scene, colours) {
    const nothing = scene.cursor === null && scene.lines.length === 0 && !scene.drag;
    if (nothing && this.clean) return;
    const pen = this.canvas.getContext("2d");
    const scale = devicePixelRatio || 1;
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    pen.clearRect(0, 0, this.width, this.height);
    this.clean = nothing;
    if (nothing) return;
    const { plot } = frame;
    pen.translate(GUTTER.left, GUTTER.top);
    pen.save();
    pen.beginPath();
    pen.rect(0, 0, plot.width, plot.height);
    pen.clip();
    if (scene.lines.length) this.#fade(pen, frame, colours);
    for (const line of scene.lines) this.#line(pen, frame, line);
    if (scene.drag) {
      this.#stretch(pen, plot, scene.drag, colours.accent);
    }
    pen.restore();
    if (scene.cursor === null) return;
    const x = toPixel(scene.cursor, frame.xFrom, frame.xTo, plot.width);
    if (x < -0.5 || x > plot.width + 0.5) return;
    pen.fillStyle = colours.ink;
    pen.globalAlpha = 0.35;
    pen.fillRect(Math.round(x), 0, 1, plot.height);
    pen.globalAlpha = 1;
    for (const dot of scene.dots) {
      const dx = toPixel(dot.x, frame.xFrom, frame.xTo, plot.width);
      const dy = plot.height - toPixel(dot.y, frame.yFrom, frame.yTo, plot.height, frame.log);
      if (dx < -1 || dx > plot.width + 1 || dy < -4 || dy > plot.height + 4) continue;
      pen.beginPath();
      pen.arc(dx, dy, 2.6, 0, 7);
      pen.fillStyle = dot.colour;
      pen.fill();
      pen.lineWidth = 1.2;
      pen.strokeStyle = colours.surface;
      pen.stroke();
    }
  }

  // drag: {axis, from, to} in pixels, of y from the top.
  #stretch(pen, plot, { axis, from, to }, colour) {
    const [low, high] = from < to ? [from, to] : [to, from];
    const fill = (start, end) => (axis === "x" ? pen.fillRect(start, 0, end - start, plot.height) : pen.fillRect(0, start, plot.width, end - start));
    pen.globalAlpha = 0.16;
    pen.fillStyle = colour;
    fill(low, high);
    pen.globalAlpha = 1;
    fill(low, low + 1);
    fill(high - 1, high);
  }

  // What is under the highlighted lines steps back.
  #fade(pen, { plot }, colours) {
    pen.globalAlpha = 0.74;
    pen.fillStyle = colours.surface;
    pen.fillRect(0, 0, plot.width, plot.height);
    pen.globalAlpha = 1;
  }

  #line(pen, frame, line) {
    const { plot } = frame;
    pen.strokeStyle = line.colour;
    pen.fillStyle = line.colour;
    pen.lineWidth = 1.9;
    pen.lineJoin = "round";
    pen.setLineDash(line.dash);
    pen.beginPath();
    let down = false;
    let alone = false;
    let px = 0;
    let py = 0;
    const dot = () => alone && pen.fillRect(px - 2, py - 2, 4, 4);
    for (let i = 0; i < line.x.length; i += 1) {
      const y = line.y[i];
      if (y !== y || (frame.log && !(y > 0))) {
        dot();
        down = false;
        alone = false;
        continue;
      }
      px = toPixel(line.x[i], frame.xFrom, frame.xTo, plot.width);
      py = plot.height - toPixel(y, frame.yFrom, frame.yTo, plot.height, frame.log);
      if (down) pen.lineTo(px, py);
      else pen.moveTo(px, py);
      alone = !down;
      down = true;
    }
    dot();
    pen.stroke();
    pen.setLineDash([]);
  }
}
