// Asks the server for the data of plots.

// Raises an Error with the server's words; its column and code where there are some.
export async function ask(path, params, signal) {
  const response = await fetch(`${path}?${params}`, { credentials: "same-origin", signal });
  let body = null;
  try {
    body = await response.json();
  } catch {
    body = null;
  }
  if (!response.ok || !body) throw Object.assign(new Error(body?.message ?? `The server answered ${response.status}.`), { code: body?.code });
  return body;
}
