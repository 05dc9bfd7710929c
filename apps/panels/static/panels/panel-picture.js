// The address of a panel as a picture that the server draws: for pull requests, chats and other places without a browser. No DOM.
import { ALL_RUNS } from "./questions.js";
import { isMetric } from "./view-state.js";

// key: of the panel; runs: ids as they are shown; view: the board's; size: {width, height} in px. Returns the query, "?…".
export function pictureQuery(key, runs, view, { width, height }) {
  const params = new URLSearchParams();
  for (const run of runs) params.append("run", run);
  params.set("key", key);
  const put = (name, value) => value !== null && value !== undefined && value !== "" && params.set(name, value);
  put("x", view.x === "step" ? null : view.x);
  put("from", view.from);
  put("to", view.to);
  if (view.group) {
    params.set("draw", "band");
    put("group_by", view.group === ALL_RUNS ? null : view.group);
    put("spread", view.spread === "std" ? null : view.spread);
  } else if (!isMetric(view.x)) put("smooth", view.smooth);
  put("y", view.y === "log" ? "log" : null);
  put("clip", view.clip ? "true" : null);
  const range = view.ranges[key];
  if (range) params.set("y_range", `${range[0] ?? ""},${range[1] ?? ""}`);
  params.set("width", Math.min(2000, Math.max(320, Math.round(width))));
  params.set("height", Math.min(2000, Math.max(240, Math.round(height) + 74))); // with the title above and the axis' name below
  return `?${params}`;
}
