// Where two lists differ: what is equal at both ends stays as it is. No DOM.

// Returns {start, oldEnd, freshEnd}: old[start, oldEnd) is to become fresh[start, freshEnd).
export function changedRange(old, fresh) {
  const shorter = Math.min(old.length, fresh.length);
  let start = 0;
  while (start < shorter && old[start] === fresh[start]) start += 1;
  let same = 0;
  while (same < shorter - start && old[old.length - 1 - same] === fresh[fresh.length - 1 - same]) same += 1;
  return { start, oldEnd: old.length - same, freshEnd: fresh.length - same };
}
