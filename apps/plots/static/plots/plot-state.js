// The plots of a run table, to and from its URL: one `plot` each, itself written like a query. No DOM.

export const MOST = 8; // as apps/workspace/table_state.py reads them
export const MOST_AXES = 12;
const KINDS = ["scatter", "bars", "histogram", "parallel", "importance"];

// A plot as an object of texts: kind, x, y, colour, size, value, group, target, x_log …; col is a list of texts.
export function plotOf(text) {
  const params = new URLSearchParams(text);
  const plot = { ...Object.fromEntries(params), col: params.getAll("col") };
  return KINDS.includes(plot.kind) ? plot : { kind: "unknown", col: [], text };
}

export function textOf(plot) {
  if (plot.kind === "unknown") return plot.text;
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(plot)) {
    if (name === "col") for (const one of value) params.append("col", one);
    else if (value) params.set(name, value);
  }
  return params.toString();
}

export function plotsOf(search) {
  return new URLSearchParams(search).getAll("plot").map(plotOf);
}

export function withPlots(search, plots) {
  const params = new URLSearchParams(search);
  params.delete("fresh");
  params.delete("plot");
  for (const plot of plots) params.append("plot", textOf(plot));
  return params.size ? `?${params}` : "?fresh=1";
}

// What the API is asked of a plot, and of the runs of a table's URL. filter: another one than the URL's.
export function question(plot, search, filter) {
  const asked = new URLSearchParams(search);
  const params = new URLSearchParams(textOf(plot));
  for (const name of ["kind", "line"]) params.delete(name);
  if (filter) params.set("filter", filter);
  for (const name of ["state", "archived"]) for (const value of asked.getAll(name)) params.append(name, value);
  return params;
}
