// Ranges brushed in plots, as parts of a filter: `0.001 <= config.lr <= 0.1` and `config.model in ("a", "b")`. No DOM.

// The filter with these ranges, each in place of one that its name had: {text, low, high} or {text, words}.
export function withRanges(filter, ranges) {
  const parts = partsOf(filter).filter((part) => !ranges.some(({ text }) => isRange(part, text)));
  return [...parts, ...ranges.map(written)].join(" and ");
}

// The filter without the ranges of these names.
export function withoutRanges(filter, texts) {
  return partsOf(filter).filter((part) => !texts.some((text) => isRange(part, text))).join(" and ");
}

// The range a filter has of a name, as it was written: {low, high} or {words}; null without one.
export function rangeOf(filter, text) {
  const part = partsOf(filter).find((one) => isRange(one, text));
  if (!part) return null;
  if (part.startsWith(`${text} in (`)) return { words: [...part.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, word]) => unquoted(word)) };
  const [low, high] = part.split(` <= ${text} <= `).map((end) => (end.startsWith('"') ? Date.parse(end.slice(1, -1)) / 1000 : Number(end)));
  return { low, high };
}

function isRange(part, text) {
  const ends = part.split(` <= ${text} <= `);
  if (ends.length === 2 && ends.every((end) => /^(-?[\d.]+(e[+-]?\d+)?|"[^"]*")$/.test(end))) return true;
  return part.startsWith(`${text} in (`) && part.endsWith(")");
}

function written({ text, low, high, words, kind }) {
  if (words) return `${text} in (${words.map(quoted).join(", ")}${words.length === 1 ? "," : ""})`;
  const end = kind === "time" ? (seconds) => `"${new Date(seconds * 1000).toISOString().slice(0, 19)}"` : String;
  return `${end(low)} <= ${text} <= ${end(high)}`;
}

export function quoted(text) {
  const escapes = { "\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t" };
  return `"${text.replace(/[\\"\n\r\t]/g, (one) => escapes[one])}"`;
}

function unquoted(text) {
  const escapes = { n: "\n", r: "\r", t: "\t" };
  return text.replace(/\\(.)/gs, (_, one) => escapes[one] ?? one);
}

// What a filter asks for all at once; one that has an `or` outside of brackets is a part in brackets.
export function partsOf(filter) {
  const text = filter.trim();
  if (!text) return [];
  const cuts = [];
  let depth = 0;
  for (const found of text.matchAll(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[([]|[)\]]|(?<![\w.])(?:and|or)(?!\w)/g)) {
    if ("([".includes(found[0])) depth += 1;
    else if (")]".includes(found[0])) depth -= 1;
    else if (depth === 0 && found[0] === "or") return [`(${text})`];
    else if (depth === 0 && found[0] === "and") cuts.push(found.index);
  }
  const begins = [0, ...cuts.map((at) => at + 3)];
  return begins.map((begin, place) => text.slice(begin, cuts[place]).trim());
}

// A number between two neighbours that lie step apart, in as few digits as tell them apart.
export function rounded(value, step) {
  if (!value || !Number.isFinite(value) || !(step > 0)) return value;
  return Number(value.toPrecision(Math.min(15, Math.max(1, Math.ceil(Math.log10(Math.abs(value) / step)) + 1))));
}
