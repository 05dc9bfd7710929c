// The few lines of a full chart that a reader looks for: the best ones, by what is drawn. No DOM.
import { DASHES } from "./colours.js";
import { OWN_BANDS } from "./rows.js";

const BEST = 3;

// The best lines of an answer, the very best first: [{line, value}]; none of few lines, of bands, or when nobody knows which end is
// good. better: "min", "max" or "". value: the least or greatest drawn.
export function bestLines(answer, better) {
  if (!better || answer.bands || answer.runs.length <= OWN_BANDS) return [];
  const sign = better === "min" ? 1 : -1;
  const ranked = [];
  for (const line of answer.runs) {
    let value = Infinity;
    for (const y of line.y) if (y * sign < value) value = y * sign;
    if (Number.isFinite(value)) ranked.push({ line, value: value * sign });
  }
  return ranked.sort((a, b) => (a.value - b.value) * sign).slice(0, BEST);
}

// Looks of the best lines: of their runs, but dashed where two would be the same. look(line) gives {colour, dash}.
export function bestLooks(best, look) {
  const looks = new Map();
  for (const { line } of best) {
    const own = look(line);
    const taken = [...looks.values()].filter((one) => one.colour === own.colour).length;
    looks.set(line, taken ? { colour: own.colour, dash: DASHES[taken % DASHES.length] } : own);
  }
  return looks;
}
