// Keeps a page's tables and lists current: reads the page again while something runs, takes over the parts marked data-live.

const EVERY_MS = 5000;
const FILLED = "panel-board, run-table"; // what a project's page has once there are runs
let reading = null;

// Reads the page at its present URL and takes it over. Returns whether that went well.
export async function refreshPage() {
  reading?.abort();
  const mine = (reading = new AbortController());
  let page;
  try {
    const response = await fetch(location.href, { headers: { Accept: "text/html" }, credentials: "same-origin", signal: mine.signal });
    if (!response.ok || new URL(response.url).pathname !== location.pathname) return false;
    page = new DOMParser().parseFromString(await response.text(), "text/html");
  } catch {
    return false;
  }
  if (mine !== reading) return false;
  if (Boolean(document.querySelector(FILLED)) !== Boolean(page.querySelector(FILLED))) {
    if (document.querySelector(FILLED) || !keepsSecret()) location.reload();
    return true;
  }
  document.title = page.title;
  for (const part of document.querySelectorAll("[data-live]")) {
    const fresh = page.getElementById(part.id);
    if (fresh && fresh.innerHTML !== part.dataset.was && !holds(part)) {
      part.dataset.was = fresh.innerHTML;
      part.innerHTML = fresh.innerHTML;
    }
  }
  document.dispatchEvent(new CustomEvent("paceline:fresh", { detail: { document: page } }));
  return true;
}

// A part being used stays as it is until it is left: a focused field, selected text, a key shown once.
function holds(part) {
  const selection = getSelection();
  return part.contains(document.activeElement) || part.querySelector("[data-secret]") !== null || (!selection.isCollapsed && part.contains(selection.anchorNode));
}

function keepsSecret() {
  return document.querySelector("[data-secret]") !== null;
}

function live() {
  return document.querySelector("[data-live-now=yes]") !== null;
}

setInterval(() => {
  if (document.visibilityState === "visible" && live()) refreshPage();
}, EVERY_MS);

document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible" && live()) refreshPage();
});
