// Answers that grow: what a page holds of one, and what it makes of the points that came after. No DOM. apps/panels/held.py is the other side.

const COLUMNS = ["x", "y", "low", "high", "std", "stderr", "count"];

const nameOf = (line) => line.run ?? line.name;
const linesOf = (answer) => answer.bands ?? answer.runs;

// The marks of an answer's lines, by run or group.
export function marksOf(answer) {
  return Object.fromEntries(linesOf(answer).filter((line) => line.mark).map((line) => [nameOf(line), line.mark]));
}

// The answer there is after what came: `before` when nothing of it differs.
export function joinedAnswer(before, came) {
  const held = new Map(linesOf(before).map((line) => [nameOf(line), line]));
  const lines = linesOf(came);
  const same = lines.length === held.size && lines.every((line) => typeof line === "string") && String(came.from) === String(before.from) && String(came.to) === String(before.to);
  if (same) return before;
  const joined = lines.map((line) => (typeof line === "string" ? held.get(line) : joinedLine(held.get(nameOf(line)), line)));
  return { ...came, runs: came.bands ? came.runs : joined, ...(came.bands ? { bands: joined } : {}) };
}

function joinedLine(before, { keep, ...line }) {
  const [points, markers, smooth] = keep;
  if (!points && !markers && !smooth) return line;
  const whole = { ...line, nonfinite: [...before.nonfinite.slice(0, markers), ...line.nonfinite] };
  for (const name of COLUMNS) if (line[name]) whole[name] = joinedColumn(before[name], points, line[name]);
  whole.n = whole.x.length;
  if (line.smooth) {
    whole.smooth = { ...line.smooth, x: joinedColumn(before.smooth.x, smooth, line.smooth.x), y: joinedColumn(before.smooth.y, smooth, line.smooth.y) };
    whole.smooth.n = whole.smooth.x.length;
  }
  return whole;
}

function joinedColumn(before, keep, more) {
  const whole = new more.constructor(keep + more.length);
  whole.set(before.subarray(0, keep));
  whole.set(more, keep);
  return whole;
}
