// Changes of a text area that its undo takes back.

// Puts text in place of what is between start and end, and selects [from, to) of what was put in; without them its end.
export function putText(area, text, { start = area.selectionStart, end = area.selectionEnd, from = text.length, to = from } = {}) {
  area.focus();
  area.setSelectionRange(start, end);
  if (!document.execCommand("insertText", false, text)) {
    area.setRangeText(text, start, end, "end");
    area.dispatchEvent(new InputEvent("input", { bubbles: true }));
  }
  area.setSelectionRange(start + from, start + to);
}

// Puts blocks of text on lines of their own.
export function putBlock(area, text) {
  const before = area.value.slice(0, area.selectionStart);
  const after = area.value.slice(area.selectionEnd);
  const head = before === "" || before.endsWith("\n\n") ? "" : before.endsWith("\n") ? "\n" : "\n\n";
  const tail = after.startsWith("\n") ? "\n" : "\n\n";
  putText(area, `${head}${text.trimEnd()}${tail}`);
}

// The start of the line that a place is on, and the end of the one that another place is on.
export function lineSpan(text, from, to = from) {
  const start = text.lastIndexOf("\n", from - 1) + 1;
  const end = text.indexOf("\n", to);
  return [start, end < 0 ? text.length : end];
}
