// The lines, bands and dots of one chart, painted as its spec says (apps/panels/specs.py), in a twentieth of the time that Vega takes
// for a row a point. Vega draws what is around them; a chart that is saved is drawn by Vega alone.
import { GUTTER } from "./geometry.js";

const LINE_PX = 1.4;
const BAND_OPACITY = 0.14;
const DOT_PX = 2.4;

export class PanelLines {
  constructor(host) {
    this.canvas = document.createElement("canvas");
    this.canvas.className = "lines";
    this.canvas.setAttribute("aria-hidden", "true");
    host.append(this.canvas);
  }

  clear() {
    this.canvas.width = 0;
  }

  // box: {width, height} of the chart in pixels; frame: {xFrom, xTo, yFrom, yTo, log, plot}; shapes: as panelShapes gives them.
  draw(box, frame, shapes) {
    const scale = devicePixelRatio || 1;
    this.canvas.width = Math.round(box.width * scale);
    this.canvas.height = Math.round(box.height * scale);
    this.canvas.style.width = `${box.width}px`;
    this.canvas.style.height = `${box.height}px`;
    const pen = this.canvas.getContext("2d");
    pen.setTransform(scale, 0, 0, scale, GUTTER.left * scale, GUTTER.top * scale);
    pen.beginPath();
    pen.rect(0, 0, frame.plot.width, frame.plot.height);
    pen.clip();
    const place = placing(frame);
    pen.globalAlpha = BAND_OPACITY;
    for (const band of shapes.bands) paintBand(pen, band, place);
    pen.globalAlpha = 1;
    pen.lineWidth = LINE_PX;
    pen.lineJoin = "bevel";
    for (const line of shapes.lines) paintLine(pen, line, place);
    for (const dot of shapes.dots) {
      pen.fillStyle = dot.colour;
      pen.beginPath();
      pen.arc(place.x(dot.x), place.y(dot.y), DOT_PX, 0, 7);
      pen.fill();
    }
  }
}

// Functions from values to pixels of the plot. What a logarithmic axis cannot show lies below it.
function placing({ xFrom, xTo, yFrom, yTo, log, plot }) {
  const across = plot.width / (xTo - xFrom);
  const up = plot.height / (log ? Math.log(yTo / yFrom) : yTo - yFrom);
  return {
    x: (value) => (value - xFrom) * across,
    y: log ? (value) => plot.height - (value > 0 ? Math.log(value / yFrom) * up : -2) : (value) => plot.height - (value - yFrom) * up,
  };
}

function paintLine(pen, { x, y, start, end, colour, dash }, place) {
  pen.strokeStyle = colour;
  pen.setLineDash(dash);
  pen.beginPath();
  pen.moveTo(place.x(x[start]), place.y(y[start]));
  for (let i = start + 1; i < end; i += 1) pen.lineTo(place.x(x[i]), place.y(y[i]));
  pen.stroke();
}

function paintBand(pen, { x, low, high, start, end, colour }, place) {
  pen.fillStyle = colour;
  pen.beginPath();
  pen.moveTo(place.x(x[start]), place.y(high[start]));
  for (let i = start + 1; i < end; i += 1) pen.lineTo(place.x(x[i]), place.y(high[i]));
  for (let i = end - 1; i >= start; i -= 1) pen.lineTo(place.x(x[i]), place.y(low[i]));
  pen.fill();
}
