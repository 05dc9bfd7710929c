// Several metrics in one chart: their answers as one, told apart by dashes and names. No DOM.
import { DASHES } from "./colours.js";

// answers: one for each metric of a panel. Returns one whose lines say which metric they are of.
export function joined(answers) {
  if (answers.length === 1) return answers[0];
  const drawn = answers.filter((one) => one.runs.length + (one.bands?.length ?? 0) > 0);
  const spans = drawn.length ? drawn : answers;
  const ends = (name, pick) => pick(...spans.map((one) => Number(one[name])));
  const whole = { ...answers[0], from: ends("from", Math.min), to: ends("to", Math.max), shown: Math.max(...answers.map((one) => one.shown)) };
  const lines = (name) => answers.flatMap((one, nth) => one[name].map((line) => ({ ...line, key: one.key, nth })));
  return answers[0].bands ? { ...whole, runs: [], bands: lines("bands") } : { ...whole, runs: lines("runs") };
}

// {colour, dash} of a line: of its run, dashed by its metric where there are several.
export function lineLook(look, line) {
  const own = look.run(line.run);
  return line.nth ? { ...own, dash: DASHES[line.nth % DASHES.length] } : own;
}
