// Requests to the session. Addresses are relative: the token is part of the page's own path.

async function ask(path, options) {
  const answer = await fetch(path, options);
  if (answer.ok) return answer;
  let told = `the page lost its session (${answer.status}); start cribble explore again`;
  if (answer.status === 400) told = (await answer.json()).error;
  throw new Error(told);
}

function address(path, query = {}) {
  const given = Object.entries(query).filter(([, value]) => value !== "" && value != null);
  return `api/${path}?${new URLSearchParams(given)}`;
}

export async function get(path, query) {
  return (await ask(address(path, query))).json();
}

export async function array(path, Type, query) {
  return new Type(await (await ask(address(path, query))).arrayBuffer());
}

export async function post(path, body = {}) {
  const headers = { "content-type": "application/json" };
  return (await ask(`api/${path}`, { method: "POST", headers, body: JSON.stringify(body) })).json();
}
