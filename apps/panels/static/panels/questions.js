// What a panel asks the server, and how much.

import { isMetric } from "./view-state.js";

export const POINT_BUDGET = 5000; // pixel columns of all runs of one panel together; four points each at most
export const MEAN_FROM_RUNS = 8;
const BANDS = 10; // so many bands share the pixel columns, as a rule
const MEAN_PIXELS = 2; // a mean is drawn every so many pixels: extremes are kept all the same, in half the time
const MIN_PX = 100;
const MAX_PX = 4096;

export const ALL_RUNS = "all"; // the group of all runs shown

// Pixel columns a panel of this width asks for with so many runs.
export function pixelColumns(width, runs) {
  const budget = Math.floor(POINT_BUDGET / Math.max(1, runs));
  return Math.min(MAX_PX, Math.max(MIN_PX, Math.min(Math.round(width), budget)));
}

// view: {x, from, to, group, smooth}; holders: how many of the runs have the metric, when that is known: the others draw nothing.
// Returns one question of POST series/query.
export function question(key, runs, view, width, holders = runs.length) {
  const lines = Math.min(holders, runs.length);
  const mean = lines >= MEAN_FROM_RUNS && !isMetric(view.x); // over another metric there are lines only
  const px = view.group ? pixelColumns(width / MEAN_PIXELS, BANDS) : pixelColumns(mean ? width / MEAN_PIXELS : width, lines);
  const asked = { runs, key, x: view.x, px, draw: view.group ? "band" : mean ? "mean" : "lines" };
  if (view.group && view.group !== ALL_RUNS) asked.group_by = [view.group];
  if (view.smooth) asked.smooth = view.smooth;
  if (view.from !== null) asked.from = view.from;
  if (view.to !== null) asked.to = view.to;
  return asked;
}

// One run's exact points in the same range, for highlighting it over a mean.
export function exactQuestion(key, run, view, width) {
  return question(key, [run], view, width);
}
