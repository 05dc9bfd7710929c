// What a report's page adds to its charts: heights that authors asked for, legends that highlight, tables in print.

export function setHeights(root) {
  for (const panel of root.querySelectorAll("[data-height]")) {
    panel.style.setProperty("--asked-height", `${panel.dataset.height}px`); // set by script: the site allows no inline style
  }
}

function boardOf(item) {
  return item.closest(".report-panel")?.querySelector("panel-board") ?? null;
}

function legendItem(event) {
  return event.target instanceof Element ? event.target.closest(".legend [data-run]") : null;
}

function show(event) {
  const item = legendItem(event);
  if (item) boardOf(item)?.highlight?.(item.dataset.run);
}

function hide(event) {
  const item = legendItem(event);
  if (item && !item.contains(event.relatedTarget)) boardOf(item)?.highlight?.(null);
}

document.addEventListener("pointerover", show);
document.addEventListener("pointerout", hide);
document.addEventListener("focusin", show);
document.addEventListener("focusout", hide);

document.addEventListener("paceline:highlight", (event) => {
  for (const item of document.querySelectorAll(".legend [data-run]")) {
    item.classList.toggle("on", item.dataset.run === event.detail.run);
  }
});

let opened = [];
window.addEventListener("beforeprint", () => {
  opened = [...document.querySelectorAll("details.values:not([open])")];
  for (const one of opened) one.open = true;
});
window.addEventListener("afterprint", () => {
  for (const one of opened) one.open = false;
  opened = [];
});

setHeights(document);
