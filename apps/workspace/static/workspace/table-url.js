// Changes of the table's URL that the browser makes itself. No DOM.

// The query with other columns; pinned ones and widths of columns that are gone go too.
export function withColumns(search, columns) {
  const params = new URLSearchParams(search);
  params.delete("fresh");
  params.delete("col");
  for (const column of columns) params.append("col", column);
  const pins = params.getAll("pin").filter((pin) => columns.includes(pin));
  params.delete("pin");
  for (const pin of pins) params.append("pin", pin);
  const widths = params.getAll("w").filter((width) => columns.includes(columnOf(width)) || columnOf(width) === "name");
  params.delete("w");
  for (const width of widths) params.append("w", width);
  return `?${params}`;
}

// The query with a column's width in px; null goes back to the usual one.
export function withWidth(search, column, width) {
  const params = new URLSearchParams(search);
  const others = params.getAll("w").filter((one) => columnOf(one) !== column);
  params.delete("w");
  for (const one of others) params.append("w", one);
  if (width !== null) params.append("w", `${width}:${column}`);
  return `?${params}`;
}

// The query with a column put before or after another one; null when nothing moves.
export function moved(search, columns, column, target, after) {
  if (column === target || !columns.includes(column)) return null;
  const rest = columns.filter((one) => one !== column);
  rest.splice(rest.indexOf(target) + (after ? 1 : 0), 0, column);
  return rest.join("\n") === columns.join("\n") ? null : withColumns(search, rest);
}

function columnOf(width) {
  return width.slice(width.indexOf(":") + 1);
}
