// What a board shows, to and from the page's URL. Everything shown is in the URL; defaults are left out.

const AXES = ["step", "time", "relative", "active"];
const WHOLE = /^-?\d{1,19}$/;

// Whether x is another metric: "key:" and its name.
export function isMetric(x) {
  return x.startsWith("key:") && x.length > 4;
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
    y: params.get("y") === "log" ? "log" : "linear",
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
  put("y", view.y === "log" ? "log" : null);
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
