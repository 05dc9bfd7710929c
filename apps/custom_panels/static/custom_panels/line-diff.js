// What differs between two texts, by lines. No DOM.

const MOST_CHANGES = 2_000; // beyond these, one text is shown as gone and the other as new

// Returns [[kind, text, old line or null, new line or null], …] with kind " ", "-" or "+", lines counted from 1.
// Source: Myers, "An O(ND) Difference Algorithm and Its Variations", Algorithmica 1, 1986.
export function lineDiff(before, after) {
  const [old, fresh] = [before.split("\n"), after.split("\n")];
  let start = 0;
  while (start < old.length && start < fresh.length && old[start] === fresh[start]) start += 1;
  let end = 0;
  while (end < old.length - start && end < fresh.length - start && old.at(-1 - end) === fresh.at(-1 - end)) end += 1;
  const same = (from, to, shift) => old.slice(from, to).map((text, at) => [" ", text, from + at + 1, from + at + 1 + shift]);
  const middle = changes(old.slice(start, old.length - end), fresh.slice(start, fresh.length - end));
  const moved = middle.map(([kind, text, a, b]) => [kind, text, a === null ? null : a + start, b === null ? null : b + start]);
  return [...same(0, start, 0), ...moved, ...same(old.length - end, old.length, fresh.length - old.length)];
}

function changes(old, fresh) {
  const all = () => [...old.map((text, at) => ["-", text, at + 1, null]), ...fresh.map((text, at) => ["+", text, null, at + 1])];
  if (!old.length || !fresh.length) return all();
  const most = Math.min(old.length + fresh.length, MOST_CHANGES);
  const reach = new Map([[1, 0]]); // diagonal to how far along old
  const trace = [];
  for (let depth = 0; depth <= most; depth += 1) {
    trace.push(new Map(reach));
    for (let k = -depth; k <= depth; k += 2) {
      const down = k === -depth || (k !== depth && reach.get(k - 1) < reach.get(k + 1));
      let x = down ? reach.get(k + 1) : reach.get(k - 1) + 1;
      while (x < old.length && x - k < fresh.length && old[x] === fresh[x - k]) x += 1;
      reach.set(k, x);
      if (x >= old.length && x - k >= fresh.length) return walked(trace, old, fresh);
    }
  }
  return all();
}

// The way back from the end of both texts.
function walked(trace, old, fresh) {
  const found = [];
  let [x, y] = [old.length, fresh.length];
  for (let depth = trace.length - 1; depth >= 0; depth -= 1) {
    const reach = trace[depth];
    const k = x - y;
    const down = k === -depth || (k !== depth && reach.get(k - 1) < reach.get(k + 1));
    const from = down ? reach.get(k + 1) : reach.get(k - 1);
    const until = from - (down ? k + 1 : k - 1);
    while (x > from && y > until && x > 0 && y > 0 && old[x - 1] === fresh[y - 1]) {
      found.push([" ", old[x - 1], x, y]);
      [x, y] = [x - 1, y - 1];
    }
    if (depth === 0) break;
    found.push(down ? ["+", fresh[y - 1], null, y] : ["-", old[x - 1], x, null]);
    [x, y] = [from, until];
  }
  return found.reverse();
}

// The same, without equal lines further than `around` from a change: [kind "…", how many, …] stands for them.
export function folded(diff, around = 3) {
  const near = diff.map(() => false);
  diff.forEach(([kind], at) => {
    if (kind !== " ") near.fill(true, Math.max(0, at - around), at + around + 1);
  });
  const shown = [];
  for (let at = 0; at < diff.length; at += 1) {
    if (near[at]) shown.push(diff[at]);
    else if (shown.at(-1)?.[0] === "…") shown.at(-1)[1] += 1;
    else shown.push(["…", 1, null, null]);
  }
  return shown;
}
