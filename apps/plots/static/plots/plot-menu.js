// The menu of a plot: scales, ranges to type, axes, files, its place.
import { chooseReport } from "../panels/into-report.js";
import { chooseName } from "./name-choice.js";
import { blockOf } from "./report-block.js";
import { MOST_AXES } from "./plot-state.js";

let menu = null;

export function openMenu(figure, button) {
  menu ??= Object.assign(document.createElement("div"), { className: "column-menu plot-menu", popover: "auto" });
  menu.setAttribute("role", "dialog");
  menu.setAttribute("aria-label", "Scales, ranges and files of this plot");
  figure.closest("run-table, main").append(menu);
  menu.replaceChildren(...parts(figure, button));
  menu.showPopover();
  const [from, size] = [button.getBoundingClientRect(), menu.getBoundingClientRect()];
  menu.style.left = `${Math.max(8, Math.min(from.right - size.width, innerWidth - size.width - 8))}px`;
  menu.style.top = `${Math.max(8, Math.min(from.bottom + 4, innerHeight - size.height - 8))}px`;
  menu.querySelector("button, input")?.focus();
}

function parts(figure, button) {
  const { plot } = figure;
  const found = [];
  if (plot.kind === "scatter") {
    found.push(ticks(figure, [["x_log", "x logarithmic", figure.drawing.x?.log], ["y_log", "y logarithmic", figure.drawing.y?.log], ["line", "line of the best", plot.line === "1"]]));
    found.push(act(`Sized by: ${plot.size ? figure.titleOf("size") : "one size"}`, () => figure.choose("size", button)));
  } else if (plot.kind === "bars" || plot.kind === "histogram") {
    found.push(ticks(figure, [["log", "logarithmic", plot.log === "1"]]));
  } else if (plot.kind === "parallel") {
    found.push(axesOf(figure, button));
  }
  const ranged = rangedAxes(figure);
  if (ranged.length) found.push(ranges(figure, ranged));
  const files = document.createElement("div");
  files.className = "plot-files";
  files.append("Save as ", ...(plot.kind === "importance" ? ["csv"] : ["png", "svg", "csv"]).map((type) => act(type.toUpperCase(), () => figure.save(type), "button small")));
  const places = document.createElement("div");
  places.className = "plot-files";
  places.append(act("← Earlier", () => figure.table.move(-1), "button small"), act("Later →", () => figure.table.move(1), "button small"));
  found.push(files, places);
  const { project, runs } = figure.table;
  if (project && blockOf(plot, "")) found.push(act("Put into a report…", () => chooseReport(project, button, () => blockOf(figure.plot, runs()), figure.title)));
  return found;
}

function act(text, then, className = "plain link") {
  const button = Object.assign(document.createElement("button"), { type: "button", className, textContent: text });
  button.addEventListener("click", () => {
    menu.hidePopover();
    then();
  });
  return button;
}

function ticks(figure, boxes) {
  const set = document.createElement("div");
  set.className = "plot-ticks";
  for (const [name, words, on] of boxes) {
    const label = document.createElement("label");
    const box = Object.assign(document.createElement("input"), { type: "checkbox", checked: Boolean(on), name });
    box.addEventListener("change", () => figure.change({ [name]: box.checked ? "1" : name === "line" ? "" : "0" }));
    label.append(box, words);
    set.append(label);
  }
  return set;
}

function axesOf(figure, button) {
  const { plot } = figure;
  const set = document.createElement("div");
  set.className = "plot-axes";
  const title = (text) => figure.answer?.axes.find((axis) => axis.text === text)?.title ?? text;
  plot.col.forEach((text, place) => {
    const line = document.createElement("div");
    const name = Object.assign(document.createElement("span"), { className: "mono truncate", textContent: title(text), title: text });
    const shown = (col) => figure.change({ col });
    const earlier = act("↑", () => shown(swapped(plot.col, place)));
    earlier.setAttribute("aria-label", `${title(text)} earlier`);
    earlier.disabled = place === 0;
    const less = act("×", () => shown(plot.col.filter((one) => one !== text)));
    less.setAttribute("aria-label", `Without ${title(text)}`);
    less.disabled = plot.col.length <= 2;
    line.append(name, earlier, less);
    set.append(line);
  });
  if (plot.col.length < MOST_AXES) {
    set.append(act("Add an axis", () => chooseName(button, { columns: figure.table.columns, current: "", label: "Add an axis", pick: (text) => figure.change({ col: [...new Set([...plot.col, text])] }) })));
  }
  return set;
}

function swapped(texts, place) {
  const found = [...texts];
  [found[place - 1], found[place]] = [found[place], found[place - 1]];
  return found;
}

function rangedAxes(figure) {
  const { answer, plot } = figure;
  if (!answer || plot.kind === "importance") return [];
  const axes = plot.kind === "parallel" ? answer.axes : plot.kind === "scatter" ? [answer.axes.x, answer.axes.y] : [answer.axes.value];
  return axes.filter((axis) => axis.filters && axis.known && axis.kind === "number");
}

// Ranges in numbers: what a dragged rectangle does, by the keyboard.
function ranges(figure, axes) {
  const form = document.createElement("form");
  form.className = "bare plot-ranges";
  form.append(Object.assign(document.createElement("p"), { className: "muted", textContent: "Narrow the table to" }));
  const fields = axes.map((axis) => {
    const now = figure.table.range(axis.text);
    const line = document.createElement("div");
    const [low, high] = [["from", now?.low], ["to", now?.high]].map(([end, value]) => {
      const field = Object.assign(document.createElement("input"), { type: "text", inputMode: "decimal", value: value ?? "", placeholder: end });
      field.setAttribute("aria-label", `${axis.title} ${end}`);
      return field;
    });
    line.append(Object.assign(document.createElement("span"), { className: "truncate", textContent: axis.title, title: axis.text }), low, high);
    form.append(line);
    return { axis, low, high };
  });
  form.append(Object.assign(document.createElement("button"), { className: "button small", textContent: "Apply" }));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const bad = fields.flatMap(({ low, high }) => [low, high]).find((field) => field.value.trim() && !Number.isFinite(Number(field.value)));
    if (bad) {
      bad.setAttribute("aria-invalid", "true");
      return bad.focus();
    }
    menu.hidePopover();
    const asked = fields.filter(({ low, high }) => low.value.trim() || high.value.trim());
    const end = (field, other) => (field.value.trim() ? Number(field.value) : other);
    const [kept, gone] = [asked, fields.filter((one) => !asked.includes(one))];
    return figure.table.narrow(kept.map(({ axis, low, high }) => ({ text: axis.text, filters: true, title: axis.title, low: end(low, -Number.MAX_VALUE), high: end(high, Number.MAX_VALUE) })), gone.map(({ axis }) => axis.text));
  });
  return form;
}
