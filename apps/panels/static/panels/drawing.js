// Vega for line panels: loaded once, every spec parsed once, under the interpreter (no eval) and with a loader that refuses.
import { lineSpecs } from "./line-specs.js";
import "./vega-bundle.js";

const refuse = () => Promise.reject(new Error("Panels load nothing."));
const loader = { load: refuse, sanitize: refuse, http: refuse, file: refuse };
const parsed = new Map();
let interpreter = null;

// The interpreter is inside the bundle and only vegaEmbed hands it on: its first view tells.
async function findInterpreter() {
  if (interpreter) return;
  const aside = document.createElement("div");
  class Listening extends window.vega.View {
    constructor(runtime, options) {
      super(runtime, options);
      interpreter = options.expr;
    }
  }
  const embedded = await window.vegaEmbed(aside, { width: 1, height: 1, marks: [] }, {
    mode: "vega", ast: true, actions: false, defaultStyle: false, tooltip: false, loader, viewClass: Listening,
  });
  embedded.finalize();
}

const ready = findInterpreter();

// A view of the line panel named "step-linear", "time-log", … inside element. Sizes in pixels, without the gutters.
export async function lineView(element, name, { width, height, signals }) {
  await ready;
  if (!parsed.has(name)) parsed.set(name, window.vega.parse(lineSpecs[name], {}, { ast: true }));
  const view = new window.vega.View(parsed.get(name), { expr: interpreter, loader, renderer: "canvas", logLevel: window.vega.Error });
  view.width(width).height(height);
  for (const [signal, value] of Object.entries(signals)) view.signal(signal, value);
  view.initialize(element);
  return view;
}
