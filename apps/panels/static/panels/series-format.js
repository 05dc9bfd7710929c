// Reads the binary form of series answers (apps/panels/wire.py writes it).
// Layout, little-endian: "PLS1", u32 header length, header as JSON, padding to 8 bytes, then the columns it names.

const MAGIC = "PLS1";

const VALUES = ["y", "std", "stderr", "low", "high"];

// Returns the answers of a body, as readBody has them.
export function decodeAnswers(buffer) {
  return readBody(buffer).answers;
}

// Returns the header; in each run of its answers, in its `smooth` and in each band the columns (x, y, low, …) are Float64Array or Float32Array, NaN = break.
// A line that is only named stays a string.
export function readBody(buffer) {
  const bytes = new Uint8Array(buffer);
  if (String.fromCharCode(...bytes.subarray(0, 4)) !== MAGIC) throw new Error("The server's answer is not in a form this page reads; reload the page.");
  const length = new DataView(buffer).getUint32(4, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
  const start = (8 + length + 7) & ~7;
  for (const answer of header.answers ?? []) {
    for (const line of [...answer.runs, ...(answer.bands ?? [])]) {
      if (typeof line === "string") continue;
      decodeLine(buffer, start, line);
      if (line.smooth) decodeLine(buffer, start, line.smooth);
    }
  }
  return header;
}

function decodeLine(buffer, start, line) {
  line.x = places(buffer, start, line.x, line.n);
  if (line.count) line.count = places(buffer, start, line.count, line.n);
  for (const name of VALUES) if (line[name]) line[name] = values(buffer, start, line[name], line.n);
}

// x as doubles: exact up to 2^53, the nearest double beyond (the JSON form is exact everywhere).
function places(buffer, start, column, n) {
  const x = new Float64Array(n);
  if (column.type === "u32") {
    const base = Number(column.base);
    const offsets = new Uint32Array(buffer, start + column.at, n);
    for (let i = 0; i < n; i += 1) x[i] = base + offsets[i];
  } else if (column.type === "f64") {
    x.set(new Float64Array(buffer, start + column.at, n));
  } else {
    const whole = new BigInt64Array(buffer, start + column.at, n);
    for (let i = 0; i < n; i += 1) x[i] = Number(whole[i]);
  }
  return x;
}

function values(buffer, start, column, n) {
  return column.type === "f32" ? new Float32Array(buffer, start + column.at, n) : new Float64Array(buffer, start + column.at, n);
}
