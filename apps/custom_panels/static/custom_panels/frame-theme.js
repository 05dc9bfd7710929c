// How a panel looks where its spec says nothing: in the colours of the page around it, as Vega's config. No DOM.

const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif';

const RAMPS = {
  light: ["#3b2f7f", "#31688e", "#2a9080", "#7fae2f", "#d9a400"],
  dark: ["#4b5fd6", "#2f9fc4", "#44c79b", "#a8de5a", "#fde64b"],
}; // of numbers, the least first

// The server's apps/rendering/look.py dresses its pictures alike. look: colours of the page, runs: those of runs.
export function configOf({ theme, ink, muted, line, surface, runs }) {
  const guide = { labelColor: muted, titleColor: muted, labelFontSize: 11, titleFontSize: 11, titleFontWeight: 500, gridColor: line };
  return {
    background: surface,
    font: FONT,
    padding: 6,
    title: { color: ink, subtitleColor: muted, fontSize: 13, fontWeight: 600, anchor: "start", offset: 10 },
    axis: { ...guide, domainColor: line, tickColor: line, tickSize: 4, labelPadding: 4, titlePadding: 8, labelLimit: 160 },
    header: { ...guide, labelFontSize: 11.5, labelColor: ink },
    legend: { ...guide, labelColor: ink, labelLimit: 180, symbolStrokeWidth: 1.5 },
    view: { stroke: null, continuousWidth: 300, continuousHeight: 220 },
    style: { "guide-label": { fill: muted }, "guide-title": { fill: muted }, "group-title": { fill: ink }, cell: { stroke: null } },
    mark: { color: runs[0] },
    text: { color: ink },
    rule: { color: muted },
    line: { strokeWidth: 1.6 },
    arc: { fill: runs[0] },
    area: { fill: runs[0] },
    range: { category: runs, ramp: RAMPS[theme], heatmap: RAMPS[theme] },
  };
}
