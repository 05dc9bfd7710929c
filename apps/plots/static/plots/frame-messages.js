// What the frame that draws with Plotly may say, once ../panels/sandboxed-frame.js knows that it came from there. Whatever else comes
// is passed over. No DOM.

const MOST_URL = 20_000_000; // characters of an image

// An axis was brushed from low to high, or no more (null).
export function isBrush(data, axes) {
  if (data.type !== "brush" || !Number.isInteger(data.axis) || data.axis < 0 || data.axis >= axes) return false;
  return data.ranges === null || (Array.isArray(data.ranges) && data.ranges.length === 2 && data.ranges.every(Number.isFinite) && data.ranges[0] <= data.ranges[1]);
}

export function isTrouble(data) {
  return data.type === "trouble" && typeof data.message === "string" && data.message.length < 500;
}

export function isImage(data) {
  return data.type === "image" && Number.isInteger(data.id) && typeof data.url === "string" && data.url.length < MOST_URL && data.url.startsWith("data:image/");
}
