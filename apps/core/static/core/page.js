// What every page can do: theme, density, help, closing menus.
import { openPalette } from "./palette.js";
import { toggledTheme } from "./theme.js";

const YEAR_SECONDS = 31536000;
const root = document.documentElement;

function remember(name, value) {
  document.cookie = `${name}=${value}; path=/; max-age=${YEAR_SECONDS}; samesite=lax`;
}

const actions = {
  theme() {
    const prefersDark = matchMedia("(prefers-color-scheme: dark)").matches;
    const theme = toggledTheme(root.dataset.theme, prefersDark);
    root.dataset.theme = theme;
    remember("theme", theme);
    document.dispatchEvent(new CustomEvent("paceline:look"));
  },
  density() {
    const density = root.dataset.density === "compact" ? "comfortable" : "compact";
    root.dataset.density = density;
    remember("density", density);
    document.dispatchEvent(new CustomEvent("paceline:look"));
  },
  palette() {
    openPalette();
  },
  help() {
    const help = document.getElementById("help");
    if (help.open) help.close();
    else help.showModal();
  },
};

for (const button of document.querySelectorAll("[data-do]")) {
  button.hidden = false;
  button.addEventListener("click", () => actions[button.dataset.do]());
}

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  document.dispatchEvent(new CustomEvent("paceline:look"));
});

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

export function isTyping(target) {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) && target.type !== "checkbox");
}

document.addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey) {
    event.preventDefault();
    openPalette();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  if (event.key === "?") {
    event.preventDefault();
    actions.help();
  } else if (event.key === "/") {
    const filter = document.querySelector("[data-filter]");
    if (!filter) return;
    event.preventDefault();
    filter.focus();
    filter.select();
  }
});
