// Vega for line panels: every spec parsed once, under the interpreter (no eval) and with a loader that refuses.
import { lineSpecs } from "./line-specs.js";
import { interpreter, vega } from "./vega-bundle.js";

const refuse = () => Promise.reject(new Error("Panels load nothing."));
const loader = { load: refuse, sanitize: refuse, http: refuse, file: refuse };
const parsed = new Map();

// A view of the line panel named "step-linear", "time-log", … inside element. Sizes in pixels, without the gutters.
export function lineView(element, name, setting) {
  return specView(element, lineSpecs[name], setting);
}

// The same of any compiled spec of ours.
export function specView(element, spec, { width, height, signals }) {
  if (!parsed.has(spec)) parsed.set(spec, vega.parse(spec, {}, { ast: true }));
  const view = new vega.View(parsed.get(spec), { expr: interpreter, loader, renderer: "canvas", logLevel: vega.Error });
  view.width(width).height(height);
  for (const [signal, value] of Object.entries(signals)) view.signal(signal, value);
  view.initialize(element);
  return view;
}
