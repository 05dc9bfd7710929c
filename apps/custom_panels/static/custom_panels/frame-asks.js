// What a page may ask of the frame that draws panels. Whatever else comes is passed over. No DOM.

const COLOUR = /^(#[0-9a-f]{3,8}|(rgba?|color)\([0-9a-z.,%/ -]{3,60}\))$/i;
const RUN_COLOURS = 10;

export function isLook(look) {
  const named = ["ink", "muted", "line", "surface", "accent"];
  return isObject(look) && ["light", "dark"].includes(look.theme) && named.every((name) => isColour(look[name])) && Array.isArray(look.runs) && look.runs.length === RUN_COLOURS && look.runs.every(isColour);
}

// data: {name of a source: {column: values}}.
export function isDrawing({ id, spec, data, look }) {
  return Number.isInteger(id) && isObject(spec) && isObject(data) && Object.values(data).every(isTable) && isLook(look);
}

function isTable(columns) {
  if (!isObject(columns)) return false;
  const [first, ...rest] = Object.values(columns);
  return first === undefined || (Array.isArray(first) && rest.every((one) => Array.isArray(one) && one.length === first.length));
}

function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isColour(value) {
  return typeof value === "string" && COLOUR.test(value);
}
