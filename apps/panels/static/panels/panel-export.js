// One panel as a file: its picture with title and legend in the page's colours, or the numbers it draws.
import { count } from "./numbers.js";
import { framed, raster } from "./picture.js";
import { asLines } from "./rows.js";
import { joined, lineLook } from "./shared-charts.js";
import { axisName } from "./view-state.js";

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

function drawn(board, panel) {
  const { look, facts } = panel;
  const said = [facts?.textContent, panel.dataset.range].filter(Boolean).join(" · ");
  return framed(panel, { title: panel.key, said, foot: axisName(panel.setting.x), names: legend(board, panel), look });
}

// The names of the lines; of many those that stand before the others.
function legend(board, panel) {
  const lines = panel.answer.runs;
  const named = panel.best.size ? [...panel.best.keys()] : lines.slice(0, MOST_NAMES);
  const names = named.map((line) => ({ name: board.lineName(panel, line), ...(panel.best.get(line) ?? lineLook(panel.look, line)) }));
  if (lines.length > named.length) names.push({ name: `and ${count(lines.length - named.length)} more`, colour: "", dash: [] });
  return names;
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
