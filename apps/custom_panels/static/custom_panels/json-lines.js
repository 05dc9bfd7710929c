// JSON as lines of text: its pieces to paint, and where a line and column are. No DOM.

const PIECE = /("(?:[^"\\]|\\.)*"?)(\s*:)?|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(true|false|null)\b|(\$\{\w+\})/g;
const PARAMETER = /\$\{\w+\}/g;

// A line as [[class, text], …]: "name", "text", "parameter", "number", "word", and "" for the rest. Texts do not go over lines in JSON.
export function painted(line) {
  const pieces = [];
  let at = 0;
  const add = (kind, text) => text && pieces.push([kind, text]);
  for (const found of line.matchAll(PIECE)) {
    add("", line.slice(at, found.index));
    const [whole, text, colon, number, word] = found;
    if (text !== undefined) {
      if (colon === undefined) for (const piece of withParameters(text)) pieces.push(piece);
      else {
        add("name", text);
        add("", colon);
      }
    } else add(number !== undefined ? "number" : word !== undefined ? "word" : "", whole);
    at = found.index + whole.length;
  }
  add("", line.slice(at));
  return pieces;
}

function withParameters(text) {
  const pieces = [];
  let at = 0;
  for (const found of text.matchAll(PARAMETER)) {
    if (found.index > at) pieces.push(["text", text.slice(at, found.index)]);
    pieces.push(["parameter", found[0]]);
    at = found.index + found[0].length;
  }
  if (at < text.length) pieces.push(["text", text.slice(at)]);
  return pieces;
}

// The place in text of a line and a column, both from 1; the nearest there is.
export function offsetOf(text, line, column) {
  const lines = text.split("\n");
  const row = Math.max(1, Math.min(line, lines.length));
  const before = lines.slice(0, row - 1).reduce((sum, one) => sum + one.length + 1, 0);
  return before + Math.max(0, Math.min(column - 1, lines[row - 1].length));
}

// {line, column} of a place in text.
export function placeOf(text, offset) {
  const before = text.slice(0, offset).split("\n");
  return { line: before.length, column: before.at(-1).length + 1 };
}
