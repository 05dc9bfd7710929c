// Asks for the ranges of a panel's axes: of values, which are this panel's, and of x, which all charts of the page share.
import { figure } from "./numbers.js";
import { isMetric, isRange } from "./view-state.js";

const SECOND = 1000;

export function askRanges(board, panel) {
  const { view } = board;
  const { xFrom, xTo, yFrom, yTo } = panel.frame ?? { xFrom: 0, xTo: 1, yFrom: 0, yTo: 1 };
  const [low, high] = view.ranges[panel.key] ?? [null, null];
  const axis = axisOf(view.x);
  const dialog = document.createElement("dialog");
  dialog.className = "panel-dialog";
  dialog.setAttribute("aria-labelledby", "panel-ranges-title");
  const title = Object.assign(document.createElement("h2"), { id: "panel-ranges-title", textContent: `Ranges of ${panel.key}` });
  const form = Object.assign(document.createElement("form"), { method: "dialog" });
  const fields = [
    field("Values from", low, figure(yFrom)),
    field("to", high, figure(yTo)),
    field(`${axis.name} from`, view.from === null ? null : axis.text(view.from), axis.text(xFrom)),
    field("to", view.to === null ? null : axis.text(view.to), axis.text(xTo)),
  ];
  const said = Object.assign(document.createElement("p"), { className: "problem", role: "alert", hidden: true });
  const note = Object.assign(document.createElement("p"), { className: "muted", textContent: `Empty means all. ${axis.name} is for all charts of this page.` });
  const buttons = document.createElement("div");
  buttons.append(
    Object.assign(document.createElement("button"), { className: "button primary", textContent: "Show", value: "show" }),
    Object.assign(document.createElement("button"), { className: "button", type: "button", textContent: "All values", onclick: () => shown(fields, ["", "", "", ""]) }),
    Object.assign(document.createElement("button"), { className: "button", type: "button", textContent: "Cancel", onclick: () => dialog.close() }),
  );
  form.append(...fields.map((one) => one.label), note, said, buttons);
  dialog.append(title, form);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const [yLow, yHigh] = fields.slice(0, 2).map(({ input }) => numberOf(input.value));
    const [from, to] = fields.slice(2).map(({ input }) => axis.value(input.value));
    const problem = problemOf([yLow, yHigh], "values") || problemOf([from, to], axis.name.toLowerCase());
    said.textContent = problem;
    said.hidden = !problem;
    if (problem) return;
    dialog.close();
    board.setRange(panel.key, yLow === null && yHigh === null ? null : [yLow, yHigh]);
    board.zoom(from, to);
  });
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  fields[0].input.focus();
}

function shown(fields, values) {
  fields.forEach(({ input }, place) => {
    input.value = values[place];
  });
}

function field(name, value, now) {
  const label = document.createElement("label");
  const input = Object.assign(document.createElement("input"), { type: "text", inputMode: "decimal", autocomplete: "off", placeholder: now });
  if (value !== null) input.value = String(value);
  label.append(name, input);
  return { label, input };
}

// undefined: not a number; null: nothing was typed.
function numberOf(text) {
  const typed = text.trim().replace("−", "-").replaceAll(" ", "");
  if (!typed) return null;
  const value = Number(typed);
  return Number.isFinite(value) ? value : undefined;
}

function problemOf(range, what) {
  if (range.includes(undefined)) return `A number is needed for ${what}.`;
  return range.every((end) => end === null) || isRange(range) ? "" : `The range of ${what} begins after it ends.`;
}

// How the ends of x are written and read.
function axisOf(x) {
  if (isMetric(x)) return { name: x.slice(4), text: (value) => String(Number(value.toPrecision(6))), value: numberOf };
  if (x === "step") return { name: "Steps", text: (value) => String(Math.round(value)), value: wholeOf };
  if (x === "time") return { name: "Time", text: momentText, value: momentOf };
  return { name: "Seconds", text: (value) => String(Number((value / SECOND).toFixed(3))), value: (text) => inWhole(numberOf(text), SECOND) };
}

function wholeOf(text) {
  return inWhole(numberOf(text), 1);
}

function inWhole(value, unit) {
  return typeof value === "number" ? Math.round(value * unit) : value;
}

function momentText(ms) {
  const local = new Date(ms - new Date(ms).getTimezoneOffset() * 60 * SECOND);
  return local.toISOString().slice(0, 19).replace("T", " ");
}

function momentOf(text) {
  if (!text.trim()) return null;
  const ms = new Date(text.trim().replace(" ", "T")).getTime();
  return Number.isNaN(ms) ? undefined : ms;
}
