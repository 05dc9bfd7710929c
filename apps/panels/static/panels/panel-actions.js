// What can be done with one panel, as its menu lists it.
import { copyText } from "../core/copy-text.js";
import { toast } from "../core/toasts.js";
import { openMenu } from "./panel-menu.js";

const FORMS = ["png", "svg", "csv"];

export function openPanelMenu(board, panel, button) {
  openMenu(button, [...looks(board, panel), null, ...copies(board, panel)], `Panel ${panel.key}`);
}

function looks(board, panel) {
  const large = board.view.panel === panel.key;
  return [
    { label: large ? "Back to all charts" : "Fill the window", hint: "f", act: () => board.enlarge(panel.key) },
    { label: "Axis ranges…", act: async () => (await import("./panel-ranges.js")).askRanges(board, panel) },
  ];
}

function copies(board, panel) {
  const items = FORMS.map((form) => ({ label: `Download ${form.toUpperCase()}`, act: () => download(board, panel, form) }));
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

async function copyLink(board, panel) {
  const kept = Object.assign(document.createElement("span"), { className: "visually-hidden", textContent: board.addressOf(panel.key) });
  board.append(kept);
  const copied = await copyText(kept.textContent, kept);
  kept.remove();
  toast(copied ? `The link to ${panel.key} is copied.` : "The browser lets this page copy nothing.");
}
