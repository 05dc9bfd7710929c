// Terminal codes in a line: which parts of its text have which look. No DOM.

// CSI and OSC sequences, other escapes; of these only colours (CSI … m) change anything here.
const CODE = /\x1b(?:\[([0-?]*)[ -/]*([@-~])|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~])/g;
// Shown as the pictures Unicode has for them, so that nothing hides and no direction mark turns a line around.
const CONTROL = /[\x00-\x08\x0b-\x1f\x7f]/g;
const HIDING = /[\x80-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;
const CUBE = [0, 95, 135, 175, 215, 255];

const PLAIN = Object.freeze({ ink: null, ground: null, bold: false, dim: false, italic: false, underline: false, strike: false, inverse: false });

// A line's text as parts [{text, look}] in order; look is PLAIN or an object like it. A colour is 0..15 (the terminal's
// own) or "#rrggbb".
export function parts(line) {
  if (!line.includes("\x1b")) return [{ text: visible(line), look: PLAIN }];
  const found = [];
  let look = PLAIN;
  let from = 0;
  for (const code of line.matchAll(CODE)) {
    if (code.index > from) found.push({ text: visible(line.slice(from, code.index)), look });
    from = code.index + code[0].length;
    if (code[2] === "m") look = changed(look, code[1]);
  }
  if (from < line.length) found.push({ text: visible(line.slice(from)), look });
  return found;
}

// The text without codes, as it is copied and searched.
export function plain(line) {
  return line.includes("\x1b") ? line.replace(CODE, "") : line;
}

function visible(text) {
  return text
    .replace(CONTROL, (one) => (one === "\x7f" ? "␡" : String.fromCharCode(0x2400 + one.charCodeAt(0))))
    .replace(HIDING, (one) => `⟨${one.charCodeAt(0).toString(16).padStart(4, "0")}⟩`);
}

function changed(look, codes) {
  const numbers = codes.split(/[;:]/).map((one) => (one === "" ? 0 : Number(one)));
  let now = look;
  for (let at = 0; at < numbers.length; at += 1) {
    const code = numbers[at];
    if (code === 38 || code === 48) {
      const [colour, used] = extended(numbers, at + 1);
      at += used;
      if (colour !== null) now = { ...now, [code === 38 ? "ink" : "ground"]: colour };
    } else now = simple(now, code);
  }
  return now;
}

function simple(look, code) {
  if (code === 0) return PLAIN;
  if (code === 1) return { ...look, bold: true };
  if (code === 2) return { ...look, dim: true };
  if (code === 3) return { ...look, italic: true };
  if (code === 4) return { ...look, underline: true };
  if (code === 7) return { ...look, inverse: true };
  if (code === 9) return { ...look, strike: true };
  if (code === 21 || code === 22) return { ...look, bold: false, dim: false };
  if (code === 23) return { ...look, italic: false };
  if (code === 24) return { ...look, underline: false };
  if (code === 27) return { ...look, inverse: false };
  if (code === 29) return { ...look, strike: false };
  if (code === 39) return { ...look, ink: null };
  if (code === 49) return { ...look, ground: null };
  if (code >= 30 && code <= 37) return { ...look, ink: code - 30 };
  if (code >= 90 && code <= 97) return { ...look, ink: code - 82 };
  if (code >= 40 && code <= 47) return { ...look, ground: code - 40 };
  if (code >= 100 && code <= 107) return { ...look, ground: code - 92 };
  return look;
}

// The colour of 38;5;n or 38;2;r;g;b, and how many numbers it took.
function extended(numbers, at) {
  if (numbers[at] === 5) return [indexed(numbers[at + 1]), 2];
  if (numbers[at] === 2) return [hex(numbers.slice(at + 1, at + 4)), 4];
  return [null, 0];
}

function indexed(number) {
  if (!(number >= 0 && number <= 255)) return null;
  if (number < 16) return number;
  if (number >= 232) return hex(Array(3).fill(8 + 10 * (number - 232)));
  const place = number - 16;
  return hex([CUBE[Math.floor(place / 36)], CUBE[Math.floor(place / 6) % 6], CUBE[place % 6]]);
}

function hex(channels) {
  if (channels.length < 3 || !channels.every((one) => one >= 0 && one <= 255)) return null;
  return `#${channels.map((one) => one.toString(16).padStart(2, "0")).join("")}`;
}
