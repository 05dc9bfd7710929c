// What a board shows, to and from the page's URL. Everything shown is in the URL; defaults are left out.

const WHOLE = /^-?\d{1,19}$/;

function whole(text) {
  return text !== null && WHOLE.test(text) ? Number(text) : null;
}

export function readView(search) {
  const params = new URLSearchParams(search);
  const from = whole(params.get("from"));
  const to = whole(params.get("to"));
  const ordered = from === null || to === null || from < to;
  return {
    x: params.get("x") === "time" ? "time" : "step",
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
  put("x", view.x === "time" ? "time" : null);
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
