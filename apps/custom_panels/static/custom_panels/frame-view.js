// One drawn spec in the frame. A spec is code that somebody wrote: it is interpreted and never made into functions, it loads nothing and
// leads nowhere.
import { interpreter, vega, vegaLite } from "../panels/vega-bundle.js";
import { configOf } from "./frame-theme.js";
import { showTip } from "./frame-tip.js";

const REFUSED = "Panels load nothing and lead nowhere.";
const MOST_NOTES = 20;
const LONGEST_NOTE = 300;
const MOST_MS = 8_000;
const CONTROLS = ["checkbox", "radio", "select", "range", "text", "number", "color", "date"];
const CONTROL = ["input", "name", "min", "max", "step", "options", "labels", "debounce", "placeholder"];
const CLIENT = { width: "clientWidth", height: "clientHeight" };

const refuse = () => Promise.reject(new Error(REFUSED));
const loader = { load: refuse, sanitize: refuse, http: refuse, file: refuse };

// Draws spec, with columns for the sources it names, in a new element of host, which stays hidden until all went well.
// Returns {element, view, notes, fit}, fit being what a frame of another size asks for; throws Error. noted(text) hears of errors later on.
export async function drawnView(host, { spec, data, look }, noted) {
  const element = host.appendChild(document.createElement("div"));
  element.className = "view waiting";
  const { said, logger } = listening();
  let view = null;
  try {
    const config = configOf(look);
    const lite = isLite(spec);
    const sides = lite ? [] : freeSides(spec);
    const compiled = lite ? vegaLite.compile(sized(spec), { config, logger }).spec : fitted(spec, sides, host);
    element.classList.toggle("fills", lite ? isContained(compiled) : sides.includes("height"));
    view = new vega.View(vega.parse(prepared(compiled, data), lite ? {} : config, { ast: true }), { expr: interpreter, loader, logger, renderer: "canvas", tooltip: showTip });
    await inTime(view.initialize(element).runAsync());
    if (said.failure) throw said.failure;
    said.later = noted;
    const fit = () => {
      for (const side of sides) view[side](host[CLIENT[side]]);
      return sides.length ? view.runAsync() : null;
    };
    return { element, view, notes: said.notes, fit };
  } catch (error) {
    view?.finalize();
    element.remove();
    throw error;
  }
}

function isLite(spec) {
  return !/\/vega\/v\d/.test(String(spec.$schema ?? ""));
}

// A single Vega-Lite view takes the room there is, where it does not say what it takes. Rows of words keep their own height.
function sized(spec) {
  const single = ("mark" in spec || "layer" in spec) && !["row", "column", "facet"].some((name) => name in (spec.encoding ?? {}));
  if (!single) return spec;
  const height = hasWordsAlongY(spec) ? {} : { height: "container" };
  return { width: "container", ...height, autosize: { type: "fit", contains: "padding" }, ...spec };
}

function hasWordsAlongY({ encoding, layer }) {
  const along = encoding?.y;
  return ["nominal", "ordinal"].includes(along?.type) || (Array.isArray(layer) && layer.some((one) => one && typeof one === "object" && hasWordsAlongY(one)));
}

// The sides of a Vega spec that it leaves to whoever draws it, which are given the room there is.
function freeSides(spec) {
  const named = new Set((Array.isArray(spec.signals) ? spec.signals : []).map((signal) => signal?.name));
  return Object.keys(CLIENT).filter((side) => spec[side] === undefined && !named.has(side));
}

function fitted(spec, sides, host) {
  const size = Object.fromEntries(sides.map((side) => [side, host[CLIENT[side]]]));
  return sides.length ? { autosize: { type: "fit", contains: "padding" }, ...spec, ...size } : spec;
}

// Whether the height of a compiled spec follows its element's.
function isContained({ signals }) {
  const height = Array.isArray(signals) ? signals.find((signal) => signal?.name === "height") : null;
  return JSON.stringify(height ?? "").includes("containerSize");
}

// A compiled spec, and the groups in it, with rows in the data that has none and is named as a source, and with controls that stand with
// their panel.
function prepared(spec, data) {
  const isEmpty = (one) => one && Object.hasOwn(data, one.name) && !["source", "url", "values"].some((from) => from in one);
  const filled = { ...spec };
  if (Array.isArray(spec.data)) filled.data = spec.data.map((one) => (isEmpty(one) ? { ...one, values: rowsOf(data[one.name]) } : one));
  if (Array.isArray(spec.signals)) filled.signals = spec.signals.map((signal) => (signal?.bind ? { ...signal, bind: control(signal.bind) } : signal));
  if (Array.isArray(spec.marks)) filled.marks = spec.marks.map((mark) => (mark?.data || mark?.marks || mark?.signals ? prepared(mark, data) : mark));
  return filled;
}

// Of what a spec says of a control, what is one: Vega would set the rest as attributes of an element, wherever it is.
function control(said) {
  if (!CONTROLS.includes(said.input)) return undefined;
  return Object.fromEntries(CONTROL.filter((name) => name in said).map((name) => [name, said[name]]));
}

function rowsOf(columns) {
  const names = Object.keys(columns);
  const rows = new Array(names.length ? columns[names[0]].length : 0);
  for (let at = 0; at < rows.length; at += 1) {
    const row = {};
    for (const name of names) row[name] = columns[name][at];
    rows[at] = row;
  }
  return rows;
}

// What Vega and Vega-Lite would write to the console. Vega goes on after an error; a panel does not. Vega calls these functions as its own.
function listening() {
  const said = { notes: [], failure: null, later: null };
  const logger = {
    level: () => logger,
    info: () => logger,
    debug: () => logger,
    warn(...words) {
      const text = words.map((word) => word?.message ?? String(word)).join(" ").slice(0, LONGEST_NOTE);
      if (said.notes.length < MOST_NOTES && !said.notes.includes(text)) said.notes.push(text);
      return logger;
    },
    error(...words) {
      const found = words.find((word) => word instanceof Error) ?? new Error(words.map(String).join(" "));
      said.failure ??= found;
      said.later?.(found.message);
      return logger;
    },
  };
  return { said, logger };
}

// Throws Error when drawing takes longer than it may: what waits for something keeps the frame alive, so that nobody else notices.
function inTime(drawing) {
  let late;
  const end = new Promise((_, reject) => {
    late = setTimeout(() => reject(new Error(`Drawing took more than ${MOST_MS / 1000} seconds.`)), MOST_MS);
  });
  return Promise.race([drawing, end]).finally(() => clearTimeout(late));
}
