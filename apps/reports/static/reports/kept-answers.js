// The answers that a published chart was drawn from, as if a server gave them: nothing live is asked for.

const COLUMNS = ["y", "low", "high", "std", "stderr", "count"];

export class KeptAnswers {
  // addresses: of each metric's kept JSON.
  constructor(addresses) {
    this.addresses = addresses;
    this.kept = new Map(); // metric to a promise of its answer
  }

  // Returns the answers, one per question in order, cut to what each asks for. Throws Error with words.
  ask(questions) {
    return Promise.all(questions.map(async (asked) => cut(await this.#answer(asked.key), asked)));
  }

  #answer(key) {
    if (!this.kept.has(key)) this.kept.set(key, read(this.addresses.get(key)));
    return this.kept.get(key);
  }
}

async function read(address) {
  const response = await fetch(address, { credentials: "same-origin" });
  if (!response.ok) throw new Error(`The kept data could not be read: the server answered ${response.status}.`);
  const answer = await response.json();
  return { ...answer, runs: answer.runs.map(line), bands: answer.bands?.map(line) };
}

// A line with its columns as the charts draw them: NaN where it breaks.
function line(said) {
  const found = { ...said, x: Float64Array.from(said.x, Number), nonfinite: said.nonfinite.map((one) => ({ ...one, x: Number(one.x) })) };
  for (const name of COLUMNS) if (said[name]) found[name] = Float64Array.from(said[name], (value) => value ?? NaN);
  if (said.smooth) found.smooth = line({ ...said.smooth, nonfinite: [] });
  return found;
}

// The part of an answer that is asked for, with a neighbour at either side, so that lines reach the border.
function cut(answer, { runs, from = null, to = null }) {
  const wanted = new Set(runs);
  const lines = answer.runs.filter((one) => wanted.has(one.run));
  const begin = from ?? Number(answer.from);
  const end = to ?? Number(answer.to);
  const part = (one) => between(one, begin, end);
  return { ...answer, from: begin, to: end, runs: lines.map(part), bands: answer.bands?.map(part) };
}

function between(one, begin, end) {
  let first = one.x.findIndex((x) => x >= begin);
  if (first < 0) first = one.x.length;
  let last = one.x.length;
  while (last > 0 && one.x[last - 1] > end) last -= 1;
  const [low, high] = [Math.max(0, first - 1), Math.min(one.x.length, last + 1)];
  const found = { ...one, x: one.x.subarray(low, high), n: high - low, nonfinite: one.nonfinite.filter(({ x }) => x >= begin && x <= end) };
  for (const name of COLUMNS) if (one[name]) found[name] = one[name].subarray(low, high);
  if (one.smooth) found.smooth = between({ ...one.smooth, nonfinite: [] }, begin, end);
  return found;
}
