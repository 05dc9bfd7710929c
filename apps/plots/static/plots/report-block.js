// A plot as a block of a report. No DOM.

const KINDS = { scatter: "scatter", bars: "bars", histogram: "distribution", parallel: "parallel" };
const TAKEN = { scatter: ["x", "y", "colour", "size"], bars: ["value", "group"], histogram: ["value", "group"], parallel: ["colour"] };
const LOGS = ["x_log", "y_log", "log"];

// plot: as plot-state.js has it; filter: of its runs, "" for all of the project. null for a plot that no block draws.
export function blockOf(plot, filter) {
  const kind = KINDS[plot.kind];
  if (!kind) return null;
  const taken = Object.fromEntries(TAKEN[plot.kind].map((name) => [name, plot[name]]));
  const logs = Object.fromEntries(LOGS.filter((name) => plot[name] === "1").map((name) => [name, true]));
  const axes = plot.kind === "parallel" ? { axes: plot.col } : {};
  return { kind, ...axes, ...taken, ...logs, runs: filter ? { filter } : null };
}

// The filter of a table's URL, its states among it.
export function filterOf(filter, states) {
  const parts = [filter && states.length ? `(${filter})` : filter, states.length ? `state in (${states.map((one) => JSON.stringify(one)).join(", ")}${states.length === 1 ? "," : ""})` : ""];
  return parts.filter(Boolean).join(" and ");
}
