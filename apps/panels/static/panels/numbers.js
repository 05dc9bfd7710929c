// Numbers as people read them. The server's templates write them the same way (apps/panels/figures.py).

const SUFFIXES = ["", "k", "M", "G", "T"];

// A value of a metric: at most so many significant digits, never longer than about 9 characters.
export function figure(value, digits = 5) {
  if (value === null || value === undefined) return "–";
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  if (value === 0) return "0";
  const size = Math.abs(value);
  const text = size >= 1e6 || size < 1e-4 ? value.toExponential(Math.min(3, digits - 1)).replace(/\.?0+e/, "e").replace("e+", "e") : String(Number(value.toPrecision(digits)));
  return text.replace("-", "−").replace("e−", "e-");
}

// How many: 950, 12.3k, 1.2M.
export function count(number) {
  let size = number;
  let power = 0;
  while (size >= 999.5 && power < SUFFIXES.length - 1) {
    size /= 1000;
    power += 1;
  }
  return `${power === 0 ? size : Number(size.toPrecision(3))}${SUFFIXES[power]}`;
}

// A step: grouped digits.
export function stepText(step) {
  return Number.isSafeInteger(step) ? String(step).replace(/\B(?=(\d{3})+$)/g, " ") : String(step);
}

export function timeText(ms) {
  return new Date(ms).toLocaleString(undefined, { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit" });
}
