// Requests that change something, with the one error body of the API turned into an Error.

// keepalive: also when the page is left meanwhile.
export async function write(path, method, body, token, keepalive = false) {
  const response = await fetch(path, {
    method,
    credentials: "same-origin",
    keepalive,
    headers: { "Content-Type": "application/json", "X-CSRFToken": token },
    body: body === null ? undefined : JSON.stringify(body),
  });
  return answer(response);
}

export async function read(path, signal) {
  return answer(await fetch(path, { credentials: "same-origin", signal }));
}

async function answer(response) {
  const text = await response.text();
  let body = null;
  try {
    body = text ? JSON.parse(text) : null;
  } catch {
    body = null;
  }
  if (!response.ok) throw Object.assign(new Error(body?.message ?? `the server answered ${response.status}`), { status: response.status, code: body?.code });
  return body;
}
