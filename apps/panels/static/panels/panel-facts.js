// What a chart says of itself in words. No DOM.
import { count } from "./numbers.js";

const SPREADS = { std: "mean ± std + extremes", stderr: "mean ± standard error + extremes", range: "mean, lowest to highest" };

// answer: as asLines gives it. below: values a log axis cannot show; over: the metric on the x axis; spread: which of bands; best: whether the best are in
// front, "min" or "max". // sum: as totals gives it. Returns the words in the order they are read.
export function factsOf(answer, sum, { below, over, spread, best }) {
  const words = [`${answer.shown} of ${answer.selected} ${answer.selected === 1 ? "run" : "runs"}`, `${count(sum.drawn)}/${count(sum.stored)} points`];
  if (sum.superseded) words.push(`${count(sum.superseded)} superseded`);
  if (sum.nonfinite) words.push(`${count(sum.nonfinite)} not finite`);
  if (below) words.push(`${count(below)} ≤ 0 not on log`);
  const mean = answer.runs.some((run) => run.method === "mean");
  if (answer.runs.some((run) => run.behind)) words.push(mean ? "smoothed + extremes" : "smoothed");
  else if (mean) words.push("mean + extremes");
  const unplaced = answer.runs.reduce((total, run) => total + (run.unplaced ?? 0), 0);
  if (unplaced) words.push(`${count(unplaced)} without ${over}`);
  if (best) words.push(`best 3 by ${best === "min" ? "lowest" : "highest"} in front`);
  if (answer.bands) words.push(SPREADS[spread], cellText(answer.bands));
  return words;
}

function cellText(bands) {
  const widths = [...new Set(bands.map((band) => Number(band.cell)))].sort((a, b) => a - b);
  return `cells of ${widths.map(count).join(", ")} ${widths.at(-1) === 1 ? "step" : "steps"}`;
}

// What a chart says when it does not show all values; "" when it does. range: as valueRange gives it.
export function rangeText({ why, above, below }) {
  if (!why) return "";
  const outside = above + below;
  const where = [above && `↑ ${count(above)}`, below && `↓ ${count(below)}`].filter(Boolean).join(" ");
  return `${why === "clipped" ? "clipped to 1–99 %" : "y range chosen"}, ${outside === 0 ? "no" : where} ${outside === 1 ? "point" : "points"} outside`;
}
