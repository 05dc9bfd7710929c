// Reads the binary form of series answers (apps/panels/wire.py writes it).
// Layout, little-endian: "PLS1", u32 header length, header as JSON, padding to 8 bytes, then the columns it names.

const MAGIC = "PLS1";

// Returns the answers of the header; in each run the columns x, y (and low, high) are Float64Array or Float32Array, NaN = break.
export function decodeAnswers(buffer) {
  const bytes = new Uint8Array(buffer);
  if (String.fromCharCode(...bytes.subarray(0, 4)) !== MAGIC) throw new Error("The server's answer is not in a form this page reads; reload the page.");
  const length = new DataView(buffer).getUint32(4, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
  const start = (8 + length + 7) & ~7;
  for (const answer of header.answers) {
    for (const run of answer.runs) {
      run.x = places(buffer, start, run.x, run.n);
      run.y = values(buffer, start, run.y, run.n);
      if (run.low) {
        run.low = values(buffer, start, run.low, run.n);
        run.high = values(buffer, start, run.high, run.n);
      }
    }
  }
  return header.answers;
}

// x as doubles: exact up to 2^53, the nearest double beyond (the JSON form is exact everywhere).
function places(buffer, start, column, n) {
  const x = new Float64Array(n);
  if (column.type === "u32") {
    const base = Number(column.base);
    const offsets = new Uint32Array(buffer, start + column.at, n);
    for (let i = 0; i < n; i += 1) x[i] = base + offsets[i];
  } else {
    const whole = new BigInt64Array(buffer, start + column.at, n);
    for (let i = 0; i < n; i += 1) x[i] = Number(whole[i]);
  }
  return x;
}

function values(buffer, start, column, n) {
  return column.type === "f32" ? new Float32Array(buffer, start + column.at, n) : new Float64Array(buffer, start + column.at, n);
}
