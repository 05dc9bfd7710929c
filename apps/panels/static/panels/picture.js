// A chart as a picture that stands alone: with its title, what is said of it, and what its colours mean.

const SCALE = 2; // pixels of a PNG per pixel of the page
const EDGE = 14;
const HEAD = 44;
const ROW = 18;
const ENTRY = 210;
const NAME_LENGTH = 30;

// A Vega view framed: {text of the SVG, width, height}. foot: of the x axis; names: [{name, colour, dash}], a colour "" draws no line;
// look: {ink, muted, surface}.
export async function framed(view, { title, said, foot, names, look }) {
  const plot = new DOMParser().parseFromString(await view.toSVG(), "image/svg+xml").documentElement;
  const width = Number(plot.getAttribute("width"));
  const height = Number(plot.getAttribute("height"));
  const columns = Math.max(1, Math.floor((width - EDGE) / ENTRY));
  const rows = Math.ceil(names.length / columns);
  const whole = { width: width + 2 * EDGE, height: HEAD + height + 20 + rows * ROW + EDGE };
  const svg = element("svg", { xmlns: "http://www.w3.org/2000/svg", ...whole, viewBox: `0 0 ${whole.width} ${whole.height}`, "font-family": "system-ui, sans-serif" });
  svg.append(
    element("rect", { ...whole, fill: look.surface }),
    element("text", { x: EDGE + 6, y: 20, fill: look.ink, "font-size": 14, "font-weight": 600 }, title),
    element("text", { x: EDGE + 6, y: 36, fill: look.muted, "font-size": 11 }, said),
    element("text", { x: EDGE + width / 2, y: HEAD + height + 10, fill: look.muted, "font-size": 11, "text-anchor": "middle" }, foot),
  );
  plot.setAttribute("x", EDGE);
  plot.setAttribute("y", HEAD);
  svg.append(document.importNode(plot, true));
  names.forEach(({ name, colour, dash }, place) => {
    const x = EDGE + 6 + (place % columns) * ENTRY;
    const y = HEAD + height + 30 + Math.floor(place / columns) * ROW;
    if (colour) svg.append(element("path", { d: `M${x} ${y - 4}h18`, stroke: colour, "stroke-width": 2, "stroke-dasharray": dash.join(" ") || "none", fill: "none" }));
    svg.append(element("text", { x: x + 24, y, fill: look.ink, "font-size": 11 }, name.length > NAME_LENGTH ? `${name.slice(0, NAME_LENGTH - 1)}…` : name));
  });
  return { ...whole, text: new XMLSerializer().serializeToString(svg) };
}

function element(name, attributes, text = "") {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) if (key !== "xmlns") made.setAttribute(key, value);
  made.textContent = text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, ""); // what XML cannot hold
  return made;
}

// The same as a PNG: a Blob.
export async function raster({ text, width, height }) {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const canvas = Object.assign(document.createElement("canvas"), { width: width * SCALE, height: height * SCALE });
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  if (!blob) throw new Error("the browser could not paint it");
  return blob;
}
