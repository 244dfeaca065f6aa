// One attempt to send an order: signed as Standard Webhooks says, over HTTPS, to nobody inside.

/** Headers that are ours to set. */
const OURS = ['host', 'content-length', 'transfer-encoding', 'connection', 'webhook-id', 'webhook-timestamp', 'webhook-signature'];
const TIMEOUT_MILLIS = 15_000;

/** What of a handler's options is about orders. */
export function receiver({ fetch = globalThis.fetch, secrets = [], headerSecrets = {}, permit = [] }) {
  return { fetch, secrets: [secrets].flat(), headerSecrets, permit: permit.map((origin) => new URL(origin).origin) };
}

const encoder = new TextEncoder();

/** The header `webhook-signature`: one signature for each secret, so that a receiver can change from one to the next. */
export async function signature(secrets, id, seconds, body) {
  const signed = secrets.map(async (secret) => {
    const encoded = /^whsec_(.+)$/.exec(secret)?.[1];
    const bytes = encoded && Uint8Array.from(atob(encoded), (char) => char.charCodeAt(0));
    if (!bytes || bytes.length < 24 || bytes.length > 64) throw new Error('expected a secret such as whsec_… of 24 to 64 bytes');
    const key = await crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
    const mac = new Uint8Array(await crypto.subtle.sign('HMAC', key, encoder.encode(`${id}.${seconds}.${body}`)));
    return `v1,${btoa(String.fromCharCode(...mac))}`;
  });
  return (await Promise.all(signed)).join(' ');
}

/** Why nothing is sent there: whoever writes a spec must not reach what only this host can reach. */
function forbidden(url, permit) {
  if (permit.includes(url.origin)) return undefined;
  if (url.protocol !== 'https:') return `${url.origin}: expected https, or an origin that is permitted`;
  if (url.username || url.password) return 'expected an address without a password';
  const isName = /[a-z]/.test(url.hostname.split('.').at(-1)) && url.hostname.includes('.') && !url.hostname.startsWith('[');
  const isInside = /(^|\.)(localhost|local|internal|home\.arpa)$/.test(url.hostname);
  return isName && !isInside ? undefined : `${url.hostname}: expected a public name, or an origin that is permitted`;
}

/** What came of an attempt: `{ outcome, status?, retryAfter?, why? }`. */
export async function attempt(order, { fetch, secrets, headerSecrets, permit }, now) {
  let url;
  try {
    url = new URL(order.url);
  } catch {
    return { outcome: 'refused', why: 'expected an address such as https://…' };
  }
  const why = forbidden(url, permit);
  if (why) return { outcome: 'refused', why };
  const headers = new Headers({ 'user-agent': 'driftline/0.1.0' });
  for (const [name, value] of order.headers) {
    if (OURS.includes(name.toLowerCase())) continue;
    let missing;
    const filled = value.replace(/\{secret:([\w-]+)\}/g, (_, secret) => {
      const known = headerSecrets[secret];
      // To the one origin that it was given for: whoever changes the address in a spec does not get it.
      if (!known || new URL(known.origin).origin !== url.origin) missing = secret;
      return known?.value ?? '';
    });
    if (missing) return { outcome: 'refused', why: `header ${name}: there is no secret ${missing} for ${url.origin}` };
    headers.set(name, filled);
  }
  const seconds = Math.floor(now / 1000);
  headers.set('webhook-id', order.key);
  headers.set('webhook-timestamp', String(seconds));
  try {
    if (secrets.length) headers.set('webhook-signature', await signature(secrets, order.key, seconds, order.body));
    const signal = AbortSignal.timeout(TIMEOUT_MILLIS);
    const answer = await fetch(url.href, { method: order.method, headers, body: order.body, redirect: 'manual', signal });
    // The body is not read: a receiver cannot make us.
    await answer.body?.cancel().catch(() => {});
    return judged(answer, now);
  } catch (error) {
    return { outcome: 'failed', why: String(error?.message ?? error) };
  }
}

function judged({ status, headers }, now) {
  if (status >= 200 && status < 300) return { outcome: 'accepted', status };
  if (status === 410) return { outcome: 'refused', status, why: 'status 410: the receiver says that it is gone for good' };
  if (status === 0 || (status >= 300 && status < 400)) {
    return { outcome: 'failed', status: status || undefined, why: `status ${status}: redirects are not followed; give the address it leads to` };
  }
  const asked = headers.get('retry-after');
  const date = asked && !/^\d+$/.test(asked) ? (Date.parse(asked) - now) / 1000 : Number(asked ?? NaN);
  return { outcome: 'failed', status, retryAfter: Number.isFinite(date) && date >= 0 ? date : undefined, why: `status ${status}` };
}
