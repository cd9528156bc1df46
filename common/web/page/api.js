// Requests to the daemon that served this page. The token, where it has one, lives as long as the
// tab: never longer, and never in an address.

const KEY = 'tideline-token';

export const token = () => sessionStorage.getItem(KEY) ?? '';

export function setToken(value) {
  if (value) sessionStorage.setItem(KEY, value);
  else sessionStorage.removeItem(KEY);
}

// fetch with the token.
export function request(path, options = {}) {
  const headers = {...options.headers};
  if (token()) headers.Authorization = `Bearer ${token()}`;
  return fetch(`api/v1/${path}`, {cache: 'no-store', ...options, headers});
}

export async function getJson(path) {
  const response = await request(path);
  if (!response.ok) throw new Error(await problem(response));
  return response.json();
}

// Tells the daemon to do something; throws an Error with its own words where it refuses.
export async function control(name, body = {}) {
  const response = await request(`control/${name}`, {
    method: 'POST',
    headers: {'Content-Type': 'application/json'},
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(await problem(response));
}

async function problem(response) {
  try {
    return (await response.json()).error ?? `status ${response.status}`;
  } catch {
    return `status ${response.status}`;
  }
}
