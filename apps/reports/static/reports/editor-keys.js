// Keys of the editor's text: Ctrl B, I and K, and Tab that indents in lists.
import { lineSpan, putText } from "./text-edits.js";

const ITEM = /^[ \t]*([-*+]|\d{1,9}[.)])([ \t]|$)/;
const MARKS = { b: "**", i: "*" };

export function editorKeys(area) {
  area.addEventListener("keydown", (event) => {
    const asked = event.ctrlKey || event.metaKey;
    if (event.isComposing || event.altKey) return;
    if (asked && !event.shiftKey && MARKS[event.key]) mark(area, MARKS[event.key]);
    else if (asked && !event.shiftKey && event.key === "k") link(area);
    else if (event.key !== "Tab" || asked || !indent(area, event.shiftKey)) return;
    event.preventDefault();
    event.stopPropagation();
  });
}

// Puts marks around the selected words, or takes them away.
export function mark(area, sign) {
  const { selectionStart: start, selectionEnd: end, value } = area;
  const words = value.slice(start, end);
  const around = value.slice(start - sign.length, start) === sign && value.slice(end, end + sign.length) === sign;
  const single = sign.length === 1 && value.slice(start - 2, start) === "**" && value.slice(start - 3, start) !== "***";
  if (around && !single && start >= sign.length) putText(area, words, { start: start - sign.length, end: end + sign.length, from: 0, to: words.length });
  else putText(area, `${sign}${words}${sign}`, { from: sign.length, to: sign.length + words.length });
}

export function link(area) {
  const words = area.value.slice(area.selectionStart, area.selectionEnd);
  if (/^https?:\/\/\S+$/.test(words)) putText(area, `[](${words})`, { from: 1, to: 1 });
  else putText(area, `[${words}](https://)`, { from: words.length + 3, to: words.length + 11 });
}

// Indents the selected items of a list by two spaces, or back; false where there is none, so that Tab leaves the text.
function indent(area, back) {
  const { selectionStart: from, selectionEnd: to, value } = area;
  const [start, end] = lineSpan(value, from, to);
  const lines = value.slice(start, end).split("\n");
  if (!ITEM.test(lines[0])) return false;
  const moved = lines.map((line) => (back ? line.replace(/^( {1,2}|\t)/, "") : line && `  ${line}`));
  const [first, all] = [moved[0].length - lines[0].length, moved.join("\n").length - (end - start)];
  if (all) putText(area, moved.join("\n"), { start, end, from: Math.max(0, from - start + first), to: Math.max(0, to - start + all) });
  return true;
}
