// Lets two metrics of a project share a chart, for everybody, or gives them their own back.
import { toast } from "../core/toasts.js";
import { changeProject } from "./project-changes.js";

const OFFERED = 200;

export function askPartner(board, panel) {
  const dialog = document.createElement("dialog");
  dialog.className = "panel-dialog";
  dialog.setAttribute("aria-labelledby", "panel-sharing-title");
  const title = Object.assign(document.createElement("h2"), { id: "panel-sharing-title", textContent: `Show ${panel.key} in one chart with` });
  const form = Object.assign(document.createElement("form"), { method: "dialog", className: "one-column" });
  const label = Object.assign(document.createElement("label"), { textContent: "Metric" });
  const input = Object.assign(document.createElement("input"), { type: "text", autocomplete: "off", required: true });
  const list = Object.assign(document.createElement("datalist"), { id: "panel-sharing-keys" });
  input.setAttribute("list", list.id);
  const offer = () => {
    const typed = input.value.trim().toLowerCase();
    const found = board.sections.keys.filter((key) => key !== panel.key && key.toLowerCase().includes(typed)).slice(0, OFFERED);
    list.replaceChildren(...found.map((key) => Object.assign(document.createElement("option"), { value: key })));
  };
  input.addEventListener("input", offer);
  offer();
  label.append(input, list);
  const note = Object.assign(document.createElement("p"), { className: "muted", textContent: "In all charts of the project, for everybody. Dashes tell the metrics apart." });
  const buttons = document.createElement("div");
  buttons.append(
    Object.assign(document.createElement("button"), { className: "button primary", textContent: "Show in one chart" }),
    Object.assign(document.createElement("button"), { className: "button", type: "button", textContent: "Cancel", onclick: () => dialog.close() }),
  );
  form.append(label, note, buttons);
  dialog.append(title, form);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const partner = input.value.trim();
    if (!partner) return;
    dialog.close();
    share(board, partner, panel.key);
  });
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

async function share(board, key, main) {
  if (!(await change(board, { [key]: main }))) return;
  toast(`${key} is drawn in the chart of ${main}.`, { act: "Undo", then: () => change(board, { [key]: null }) });
}

// Gives all metrics of a panel their own charts back.
export async function split(board, panel) {
  const main = panel.key;
  const others = JSON.parse(panel.dataset.keys).filter((key) => key !== main);
  const all = (value) => Object.fromEntries(others.map((key) => [key, value]));
  if (!(await change(board, all(null)))) return;
  toast(`${others.join(", ")} ${others.length === 1 ? "has its own chart" : "have charts of their own"} again.`, { act: "Undo", then: () => change(board, all(main)) });
}

async function change(board, aliases) {
  const said = await changeProject(board.layout.project, "aliases/", "PATCH", { aliases });
  if (said) await board.reread();
  return said;
}
