// Columns under the hand: pinned ones stay at their place, heads are dragged to another, their edges to another width.
import { moved, withWidth } from "./table-url.js";

const MIN_WIDTH = 48;
const MAX_WIDTH = 800;
const PHONE_PX = 720;
const sheet = new CSSStyleSheet(); // the policy forbids style attributes, and these offsets are known in the browser alone
document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];

// Where pinned columns stay: side by side, right of the name; on a telephone the name alone stays.
export function layColumns(table) {
  const heads = [...table.querySelectorAll(".run-table thead th")];
  if (!heads.length) return;
  let left = heads[0].offsetWidth;
  const rules = [];
  let last = 1;
  heads.forEach((head, place) => {
    if (place === 0) return;
    const pinned = head.classList.contains("pinned");
    if (place === 1 || (pinned && innerWidth > PHONE_PX)) {
      rules.push(`.run-table tr > :nth-child(${place + 1}) { inset-inline-start: ${left}px; }`);
      left += head.offsetWidth;
      last = place;
    } else if (pinned) {
      rules.push(`.run-table tbody tr > :nth-child(${place + 1}) { position: static; } .run-table thead tr > :nth-child(${place + 1}) { inset-inline-start: auto; }`);
    }
  });
  rules.push(`.run-table tr > :nth-child(${last + 1}) { border-inline-end: 1px solid var(--line); }`);
  const text = rules.join("\n");
  if (text !== sheet.text) {
    sheet.text = text;
    sheet.replaceSync(text);
  }
  for (const head of heads) if (head.dataset.column && !head.classList.contains("name")) head.draggable = true;
}

export function watchColumns(table) {
  let drag = null; // the column that is dragged
  let pull = null; // the edge that is pulled
  table.addEventListener("pointerdown", (event) => {
    const grip = event.target.closest("[data-grip]");
    if (!grip) return;
    event.preventDefault();
    const head = grip.closest("th");
    pull = { grip, head, from: event.clientX, width: head.offsetWidth, column: columnElement(table, head) };
    grip.classList.add("on");
    grip.setPointerCapture(event.pointerId);
  });
  table.addEventListener("pointermove", (event) => {
    if (!pull) return;
    pull.now = Math.round(Math.max(MIN_WIDTH, Math.min(MAX_WIDTH, pull.width + event.clientX - pull.from)));
    pull.column.width = pull.now;
    layColumns(table);
  });
  const release = () => {
    if (!pull) return;
    const { grip, head, now } = pull;
    grip.classList.remove("on");
    pull = null;
    if (now) table.go(withWidth(location.search, head.dataset.column, now), { replace: true });
  };
  table.addEventListener("pointerup", release);
  table.addEventListener("pointercancel", release);
  table.addEventListener("dblclick", (event) => {
    const grip = event.target.closest("[data-grip]");
    if (grip) table.go(withWidth(location.search, grip.closest("th").dataset.column, null), { replace: true });
  });

  table.addEventListener("dragstart", (event) => {
    const head = event.target.closest?.("th[data-column]");
    if (!head || pull) return event.preventDefault();
    drag = head;
    head.classList.add("dragged");
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", head.dataset.column);
  });
  table.addEventListener("dragover", (event) => {
    const head = event.target.closest("th[data-column]:not(.name)");
    if (!drag || !head) return;
    event.preventDefault();
    unmark(table);
    if (head !== drag) head.classList.add(isAfter(event, head) ? "drop-after" : "drop-before");
  });
  table.addEventListener("drop", (event) => {
    const head = event.target.closest("th[data-column]:not(.name)");
    if (!drag || !head) return;
    event.preventDefault();
    const url = moved(location.search, shownColumns(table), drag.dataset.column, head.dataset.column, isAfter(event, head));
    if (url !== null) table.go(url);
  });
  table.addEventListener("dragend", () => {
    drag?.classList.remove("dragged");
    drag = null;
    unmark(table);
  });
}

// The columns of the table as their heads say, without the name.
export function shownColumns(table) {
  return [...table.querySelectorAll("thead th[data-column]:not(.name)")].map((head) => head.dataset.column);
}

function columnElement(table, head) {
  return table.querySelectorAll("colgroup col")[head.cellIndex];
}

function isAfter(event, head) {
  const box = head.getBoundingClientRect();
  return event.clientX > box.left + box.width / 2;
}

function unmark(table) {
  for (const head of table.querySelectorAll(".drop-before, .drop-after")) head.classList.remove("drop-before", "drop-after");
}
