// Vega for plots, loaded when the first one draws.
import { specView } from "../panels/drawing.js";
import { vega } from "../panels/vega-bundle.js";
import { plotSpecs } from "./plot-specs.js";

export { vega };

export function plotView(element, name, setting) {
  return specView(element, plotSpecs[name], setting);
}
