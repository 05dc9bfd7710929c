// What can be done with one panel, as its menu lists it.
import { copyText } from "../core/copy-text.js";
import { toast } from "../core/toasts.js";
import { reportItems } from "./into-report.js";
import { openMenu } from "./panel-menu.js";
import { ALL_RUNS } from "./questions.js";
import { isMetric } from "./view-state.js";

const FORMS = ["png", "svg", "csv"];

export function openPanelMenu(board, panel, button) {
  const groups = [looks(board, panel), places(board, panel), intoReport(board, panel, button), copies(board, panel)].filter((group) => group.length);
  openMenu(button, groups.flatMap((group, nth) => (nth ? [null, ...group] : group)), `Panel ${panel.key}`);
}

function looks(board, panel) {
  const large = board.view.panel === panel.key;
  return [
    { label: large ? "Back to all charts" : "Fill the window", hint: "f", act: () => board.enlarge(panel.key) },
    { label: "Axis ranges…", act: async () => (await import("./panel-ranges.js")).askRanges(board, panel) },
  ];
}

function places(board, panel) {
  const { layout } = board;
  if (!layout.project) return [];
  const { key } = panel;
  const [columns, rows] = layout.sizeOf(key);
  const items = [
    { label: columns === 1 ? "Wider" : "Narrower", act: () => layout.resize(key, [3 - columns, rows]) },
    { label: rows === 1 ? "Taller" : "Lower", act: () => layout.resize(key, [columns, 3 - rows]) },
    { label: "Move earlier", act: () => layout.move(key, { by: -1 }) },
    { label: "Move later", act: () => layout.move(key, { by: 1 }) },
    { label: "Hide", act: () => layout.hide(key) },
  ];
  if (layout.writes) items.push({ label: "Show in one chart with…", act: async () => (await import("./panel-sharing.js")).askPartner(board, panel) });
  if (layout.writes && panel.dataset.keys) items.push({ label: "Separate charts again", act: async () => (await import("./panel-sharing.js")).split(board, panel) });
  return items;
}

// Over another metric there is no kind of block.
function intoReport(board, panel, button) {
  const { layout, view } = board;
  if (!layout.writes || isMetric(view.x) || !board.shown.length) return [];
  const keys = panel.dataset.keys ? JSON.parse(panel.dataset.keys) : [panel.key];
  const group = view.group === ALL_RUNS ? "all" : view.group;
  const block = () => ({ kind: "line", keys, runs: board.shown, x: view.x === "step" ? "" : view.x, log: view.y === "log", smoothing: view.smooth, group });
  return reportItems(layout.project, button, block, panel.key);
}

function copies(board, panel) {
  const items = FORMS.map((form) => ({ label: `Download ${form.toUpperCase()}`, act: () => download(board, panel, form) }));
  if (!panel.dataset.keys) items.push({ label: "Copy address of its picture", act: () => copyPicture(board, panel) });
  if (board.follows) items.push({ label: "Copy link to this chart", act: () => copyLink(board, panel) });
  return items;
}

async function download(board, panel, form) {
  const { exported } = await import("./panel-export.js");
  try {
    const blob = await exported(board, panel, form);
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = `${panel.key.replace(/[^\p{L}\p{N}.-]+/gu, "_").slice(0, 100)}.${form}`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  } catch (error) {
    toast(`This chart could not be made into a ${form.toUpperCase()} file: ${error.message}`);
  }
}

function copyLink(board, panel) {
  return copy(board, board.addressOf(panel.key), `The link to ${panel.key} is copied.`);
}

// One chart alone: several metrics in one are drawn by the browser.
async function copyPicture(board, panel) {
  const { pictureQuery } = await import("./panel-picture.js");
  const address = new URL("../pictures/series.png", new URL(board.client.url, location.href));
  address.search = pictureQuery(panel.key, board.shown, board.view, panel.getBoundingClientRect());
  return copy(board, address.href, `The address of ${panel.key} as a picture is copied: for whoever may see these runs.`);
}

async function copy(board, text, said) {
  const kept = Object.assign(document.createElement("span"), { className: "visually-hidden", textContent: text });
  board.append(kept);
  const copied = await copyText(kept.textContent, kept);
  kept.remove();
  toast(copied ? said : "The browser lets this page copy nothing.");
}
