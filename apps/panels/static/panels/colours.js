// Colours belong to runs. Ten that colour-blind eyes tell apart, then the same with dashes, then dots.
// The server's apps/panels/colours.py holds the same numbers; tests compare the two.

export const SLOTS = 30;
export const DASHES = [[], [6, 3], [2, 2.5]];
const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";

// The slot a run prefers: its id's last character decides.
export function preferredSlot(run) {
  return ALPHABET.indexOf(run[run.length - 1]) % 10;
}

// The slot for one more run beside those taken (a Set of slots): solid colours first, the nearest free one from the preferred on.
export function freeSlot(run, taken) {
  const start = preferredSlot(run);
  for (let round = 0; round < SLOTS / 10; round += 1) {
    for (let step = 0; step < 10; step += 1) {
      const slot = round * 10 + ((start + step) % 10);
      if (!taken.has(slot)) return slot;
    }
  }
  return start;
}

export function dashOf(slot) {
  return DASHES[Math.floor(slot / 10) % DASHES.length];
}
