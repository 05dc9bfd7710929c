// Runs inside the sandboxed frame: draws parallel coordinates as the page says, tells it what was brushed. No module, for the
// frame's origin is opaque and modules are asked for with an origin.
(() => {
  const page = window.parent;
  const host = document.getElementById("plot");
  const NARROW_PX = 480;
  const tell = (type, facts = {}) => page.postMessage({ paceline: "plotly", type, ...facts }, "*");
  let redrawing = false;

  const isNumbers = (list) => Array.isArray(list) && list.every((one) => one === null || Number.isFinite(one));
  const isTexts = (list) => Array.isArray(list) && list.every((one) => typeof one === "string");
  const isScale = (list) => Array.isArray(list) && list.every((stop) => Array.isArray(stop) && Number.isFinite(stop[0]) && typeof stop[1] === "string");
  const isAxis = (axis) => typeof axis.label === "string" && isNumbers(axis.values) && isNumbers(axis.ticks) && isTexts(axis.labels) && (axis.brush === null || isNumbers(axis.brush));

  const short = (text, most) => (text.length > most ? `${text.slice(0, most - 1)}…` : text).replace(/[\u202a-\u202e\u2066-\u2069]/g, "");
  // Plotly reads tags and entities in titles of axes: what people called their settings has none.
  const plain = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

  async function draw({ axes, shares, look }) {
    const dimensions = axes.map((axis) => ({
      label: plain(short(axis.label, 22)), values: axis.values, tickvals: axis.ticks, ticktext: axis.labels.map((label) => short(label, 16)),
      ...(axis.brush ? { constraintrange: axis.brush } : {}),
    }));
    const line = { color: shares, cmin: 0, cmax: 1, colorscale: look.scale, showscale: false };
    const font = { color: look.muted, size: 11, family: "system-ui, sans-serif" };
    const trace = {
      type: "parcoords", dimensions, line, labelfont: { ...font, color: look.ink, size: 11 }, tickfont: font, rangefont: { ...font, color: "rgba(0,0,0,0)", size: 1 },
      unselected: { line: { color: look.muted, opacity: 0.12 } },
    };
    const side = host.clientWidth < NARROW_PX ? 44 : 64;
    redrawing = true;
    await Plotly.react(host, [trace], { margin: { l: side, r: side, t: 38, b: 14 }, paper_bgcolor: look.surface, plot_bgcolor: look.surface, font }, { displayModeBar: false, responsive: true });
    await Plotly.Plots.resize(host); // react() keeps the size it had, and the frame may have grown since
    redrawing = false;
    host.removeAllListeners("plotly_restyle");
    host.on("plotly_restyle", ([change]) => !redrawing && brushed(change));
  }

  function brushed(change) {
    for (const [name, value] of Object.entries(change)) {
      const found = /^dimensions\[(\d+)\]\.constraintrange$/.exec(name);
      if (!found) continue;
      const flat = (value ?? []).flat(3).filter(Number.isFinite);
      tell("brush", { axis: Number(found[1]), ranges: flat.length ? [Math.min(...flat), Math.max(...flat)] : null });
    }
  }

  async function image({ id, format }) {
    const { width, height } = host.getBoundingClientRect();
    tell("image", { id, url: await Plotly.toImage(host, { format, width: Math.round(width), height: Math.round(height), scale: 2 }) });
  }

  addEventListener("message", ({ source, data }) => {
    if (source !== page || typeof data !== "object" || data === null || data.paceline !== "plotly") return;
    const failed = (error) => tell("trouble", { message: String(error?.message ?? error).slice(0, 300) });
    if (data.type === "draw" && Array.isArray(data.axes) && data.axes.every(isAxis) && isNumbers(data.shares) && isScale(data.look?.scale)) draw(data).catch(failed);
    else if (data.type === "image" && Number.isInteger(data.id) && ["png", "svg"].includes(data.format)) image(data).catch(failed);
  });
  addEventListener("error", (event) => tell("trouble", { message: String(event.message).slice(0, 300) }));
  tell("ready");
})();
