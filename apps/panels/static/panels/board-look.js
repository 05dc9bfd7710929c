// Colours as the page's style sheet resolves them now.
import { dashOf } from "./colours.js";

// Returns the page's own colours, runs: the ten of runs, and run(name): {colour, dash} of a line. slots: [name of a line, its slot], …
export function lookOf(element, slots) {
  const style = getComputedStyle(element);
  const read = (name) => style.getPropertyValue(name).trim();
  const palette = Array.from({ length: 10 }, (_, slot) => read(`--run-${slot}`));
  const lines = new Map(slots.map(([name, slot]) => [name, { colour: palette[slot % 10], dash: dashOf(slot) }]));
  const lost = { colour: palette[0], dash: [] };
  return {
    run: (name) => lines.get(name) ?? lost,
    runs: palette,
    ink: read("--ink"), muted: read("--muted"), hairline: read("--line"), surface: read("--surface"), accent: read("--accent"),
  };
}

// Whether the page is "light" or "dark" now.
export function themeNow() {
  const { theme } = document.documentElement.dataset;
  return theme === "light" || theme === "dark" ? theme : matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}
