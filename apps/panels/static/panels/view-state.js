// What a board shows, to and from the page's URL. Everything shown is in the URL; defaults are left out.

const AXES = ["step", "time", "relative", "active"];
const SPREADS = ["std", "stderr", "range"]; // of the runs of a group, around their mean
const MAX_RANGES = 100;
const WHOLE = /^-?\d{1,19}$/;

// Whether x is another metric: "key:" and its name.
export function isMetric(x) {
  return x.startsWith("key:") && x.length > 4;
}

// What lies on the x axis, in a word.
export function axisName(x) {
  return isMetric(x) ? x.slice(4) : { step: "step", time: "time", relative: "ms since the start", active: "active ms since the start" }[x];
}

function whole(text) {
  return text !== null && WHOLE.test(text) ? Number(text) : null;
}

// A value of a metric.
function number(text) {
  const value = text === null || text === "" ? NaN : Number(text);
  return Number.isFinite(value) ? value : null;
}

// A half-life: a number above 0.
function above(text) {
  const number = text === null ? NaN : Number(text);
  return number > 0 && Number.isFinite(number) ? number : null;
}

// Ranges of values by metric, {key: [low, high]}, an open end null: from texts like "0,2.5,val/loss".
function readRanges(texts) {
  const ranges = {};
  for (const text of texts.slice(0, MAX_RANGES)) {
    const [, low, high, key] = /^([^,]*),([^,]*),(.+)$/s.exec(text) ?? [];
    const range = [number(low ?? null), number(high ?? null)];
    if (key && isRange(range)) ranges[key] = range;
  }
  return ranges;
}

// Whether [low, high] bounds anything: an end at least, and where there are two, in their order.
export function isRange([low, high]) {
  return (low !== null || high !== null) && (low === null || high === null || low < high);
}

export function readView(search) {
  const params = new URLSearchParams(search);
  const group = params.get("group_by") || null; // bands are drawn over steps, and not smoothed
  const asked = params.get("x") ?? "";
  const x = group === null && (AXES.includes(asked) || isMetric(asked)) ? asked : "step";
  const place = isMetric(x) ? number : whole;
  const from = place(params.get("from"));
  const to = place(params.get("to"));
  const ordered = from === null || to === null || from < to;
  return {
    x,
    group,
    smooth: group === null && !isMetric(x) ? above(params.get("smooth")) : null,
    spread: SPREADS.includes(params.get("spread")) ? params.get("spread") : "std",
    y: params.get("y") === "log" ? "log" : "linear",
    ranges: readRanges(params.getAll("y_range")),
    clip: params.get("clip") === "1",
    from: ordered ? from : null,
    to: ordered ? to : null,
    panel: params.get("panel"),
    pin: params.get("pin"),
  };
}

// search: the URL's present query. runs: ids in order, or null to leave what the URL says of runs. Returns the new query, "" or "?…".
export function writeView(search, view, runs = null) {
  const params = new URLSearchParams(search);
  const put = (name, value) => (value === null || value === undefined ? params.delete(name) : params.set(name, value));
  put("x", view.x === "step" ? null : view.x);
  put("group_by", view.group);
  put("smooth", view.smooth);
  put("spread", view.group === null || view.spread === "std" ? null : view.spread);
  put("y", view.y === "log" ? "log" : null);
  put("clip", view.clip ? "1" : null);
  params.delete("y_range");
  for (const [key, [low, high]] of Object.entries(view.ranges)) params.append("y_range", `${low ?? ""},${high ?? ""},${key}`);
  put("from", view.from);
  put("to", view.to);
  put("panel", view.panel);
  put("pin", view.pin);
  if (runs !== null) {
    params.delete("run");
    params.delete("none");
    for (const run of runs) params.append("run", run);
    if (runs.length === 0) params.set("none", "1");
  }
  const text = params.toString();
  return text ? `?${text}` : "";
}
