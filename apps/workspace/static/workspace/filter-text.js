// Putting suggestions into a filter. Places count characters, as the server does, and not UTF-16 units.

// The text with characters begin..end replaced, and where the cursor stands then, in UTF-16 units.
export function replaced(text, begin, end, by) {
  const characters = [...text];
  const head = characters.slice(0, begin).join("") + by;
  const tail = characters.slice(end).join("");
  return { text: head + (by.endsWith(" ") ? tail.trimStart() : tail), at: head.length };
}

// What a suggestion puts there: a blank follows what is done, nothing follows what goes on.
export function spaced({ text, kind }) {
  return kind === "search" || text.endsWith(".") ? text : `${text} `;
}
