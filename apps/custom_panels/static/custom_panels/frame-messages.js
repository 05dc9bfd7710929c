// What the frame that draws panels may say, once ../panels/sandboxed-frame.js knows that it came from there. Whatever else comes is
// passed over. No DOM.

const LONGEST = 1000;
const MOST_NOTES = 20;
const RUN = /^[0-9a-z]{13}$/;

export function isDrawn(data) {
  return data.type === "drawn" && Number.isInteger(data.id) && Number.isFinite(data.ms) && Number.isFinite(data.height) && Array.isArray(data.notes) && data.notes.length <= MOST_NOTES && data.notes.every(isText);
}

export function isFailed(data) {
  return data.type === "failed" && Number.isInteger(data.id) && isText(data.message);
}

// An error of a chart that was drawn, in what it does since.
export function isNoted(data) {
  return data.type === "noted" && isText(data.message);
}

// A run's mark is pointed at, or no more (null).
export function isPoint(data) {
  return data.type === "event" && data.name === "point" && (data.run === null || (typeof data.run === "string" && RUN.test(data.run)));
}

function isText(value) {
  return typeof value === "string" && value.length <= LONGEST;
}
