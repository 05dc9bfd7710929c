// One panel as a file: its picture with title and legend in the page's colours, or the numbers it draws.
import { count } from "./numbers.js";
import { asLines } from "./rows.js";
import { joined, lineLook } from "./shared-charts.js";
import { axisName } from "./view-state.js";

const SCALE = 2; // pixels of a PNG per pixel of the page
const EDGE = 14;
const HEAD = 44;
const ROW = 18;
const ENTRY = 210;
const NAME_LENGTH = 30;
const MOST_NAMES = 60;
const FORMULA = /^[=+\-@\t\r]/; // a text that a spreadsheet would run

// form: "png", "svg" or "csv". Returns a Blob.
export async function exported(board, panel, form) {
  if (!panel.view || !panel.answer) throw new Error("it is not drawn yet");
  if (form === "csv") return new Blob([table(board, panel, await exactly(board, panel))], { type: "text/csv" });
  const picture = await drawn(board, panel);
  if (form === "svg") return new Blob([picture.text], { type: "image/svg+xml" });
  return raster(picture);
}

async function drawn(board, panel) {
  const { look, facts } = panel;
  const plot = new DOMParser().parseFromString(await panel.view.toSVG(), "image/svg+xml").documentElement;
  const width = Number(plot.getAttribute("width"));
  const height = Number(plot.getAttribute("height"));
  const names = legend(board, panel);
  const columns = Math.max(1, Math.floor((width - EDGE) / ENTRY));
  const rows = Math.ceil(names.length / columns);
  const whole = { width: width + 2 * EDGE, height: HEAD + height + 20 + rows * ROW + EDGE };
  const svg = element("svg", { xmlns: "http://www.w3.org/2000/svg", ...whole, viewBox: `0 0 ${whole.width} ${whole.height}`, "font-family": "system-ui, sans-serif" });
  svg.append(
    element("rect", { ...whole, fill: look.surface }),
    element("text", { x: EDGE + 6, y: 20, fill: look.ink, "font-size": 14, "font-weight": 600 }, panel.key),
    element("text", { x: EDGE + 6, y: 36, fill: look.muted, "font-size": 11 }, [facts?.textContent, panel.dataset.range].filter(Boolean).join(" · ")),
    element("text", { x: EDGE + width / 2, y: HEAD + height + 10, fill: look.muted, "font-size": 11, "text-anchor": "middle" }, axisName(panel.setting.x)),
  );
  plot.setAttribute("x", EDGE);
  plot.setAttribute("y", HEAD);
  svg.append(document.importNode(plot, true));
  names.forEach(({ name, colour, dash }, place) => {
    const x = EDGE + 6 + (place % columns) * ENTRY;
    const y = HEAD + height + 30 + Math.floor(place / columns) * ROW;
    if (colour) svg.append(element("path", { d: `M${x} ${y - 4}h18`, stroke: colour, "stroke-width": 2, "stroke-dasharray": dash.join(" ") || "none", fill: "none" }));
    svg.append(element("text", { x: x + 24, y, fill: look.ink, "font-size": 11 }, name));
  });
  return { ...whole, text: new XMLSerializer().serializeToString(svg) };
}

function legend(board, panel) {
  const lines = panel.answer.runs;
  const names = lines.slice(0, MOST_NAMES).map((line) => {
    const name = board.lineName(panel, line);
    return { name: name.length > NAME_LENGTH ? `${name.slice(0, NAME_LENGTH - 1)}…` : name, ...lineLook(panel.look, line) };
  });
  if (lines.length > MOST_NAMES) names.push({ name: `and ${count(lines.length - MOST_NAMES)} more`, colour: "", dash: [] });
  return names;
}

function element(name, attributes, text = "") {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) if (key !== "xmlns") made.setAttribute(key, value);
  made.textContent = text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, ""); // what XML cannot hold
  return made;
}

async function raster({ text, width, height }) {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const canvas = Object.assign(document.createElement("canvas"), { width: width * SCALE, height: height * SCALE });
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  if (!blob) throw new Error("the browser could not paint it");
  return blob;
}

// What the panel draws with all digits: charts are sent as many as a pixel needs.
async function exactly(board, panel) {
  const headers = { "Content-Type": "application/json", Accept: "application/json" };
  const body = JSON.stringify({ questions: board.loading.askedFor(panel) });
  const response = await fetch(board.client.url, { method: "POST", headers, body, credentials: "same-origin" });
  const said = await response.json();
  if (!response.ok) throw new Error(said.message);
  return asLines(joined(said.answers));
}

// A row for each drawn point, and for each that is not finite.
function table(board, panel, answer) {
  const { setting } = panel;
  const bands = Boolean(answer.bands);
  const figures = bands ? ["std", "stderr", "low", "high", "count"] : ["low", "high"];
  const rows = [[bands ? "group" : "run", "run_id", "key", axisName(setting.x), bands ? "mean" : "value", ...figures, "drawn_as"]];
  for (const line of answer.runs) {
    const who = [board.named(line.run).name, bands ? line.members.join(" ") : line.run, line.key ?? panel.key];
    for (const [drawnAs, one] of [["smoothed", line.behind && line], [line.method, line.behind ?? line]]) {
      if (!one) continue;
      for (let i = 0; i < one.x.length; i += 1) {
        if (one.y[i] !== null) rows.push([...who, one.x[i], one.y[i], ...figures.map((name) => one[name]?.[i] ?? ""), drawnAs]);
      }
    }
    for (const mark of line.nonfinite) rows.push([...who, mark.x, mark.kind, ...figures.map(() => ""), `${mark.n} not finite`]);
  }
  return rows.map((row) => `${row.map(cell).join(",")}\r\n`).join("");
}

function cell(value) {
  if (typeof value === "number") return String(value);
  const text = FORMULA.test(value) && !/^-?inf$/.test(value) ? `'${value}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
