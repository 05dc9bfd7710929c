// Times that go on by themselves: how long ago, and for how long, as figures.py writes them.

const EVERY_MS = 1000;
const SPANS = [[365 * 86400, "y"], [30 * 86400, "mo"], [86400, "d"], [3600, "h"], [60, "m"]];

// How long since: now, 5m, 3h, 2d.
export function ago(seconds) {
  const [length, unit] = SPANS.find(([span]) => seconds >= span) ?? [];
  return unit ? `${Math.floor(seconds / length)}${unit}` : "now";
}

// A length of time in its two largest units: 1h 05m, 12.3s.
export function duration(seconds) {
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(1) : seconds.toFixed(0)}s`;
  const two = (number) => String(number).padStart(2, "0");
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m ${two(Math.floor(seconds) % 60)}s`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours}h ${two(minutes % 60)}m` : `${Math.floor(hours / 24)}d ${hours % 24}h`;
}

function tick() {
  if (document.visibilityState !== "visible") return;
  for (const time of document.querySelectorAll("time[data-ago], time[data-lasting]")) {
    const seconds = Math.max(0, (Date.now() - Date.parse(time.dateTime)) / 1000);
    const text = "lasting" in time.dataset ? duration(Math.floor(seconds)) : ago(seconds);
    if (time.firstChild.data !== text) time.firstChild.data = text;
  }
}

setInterval(tick, EVERY_MS);
