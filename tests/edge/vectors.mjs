// Requests that every runtime must answer with the same bytes, all at one instant.

export const INSTANT = '2024-01-15T10:30:00Z';
export const REPLICA = 'edge';

/** The event of the README. */
export const EVENT = {
  features: { transaction_amount: 150.0, transaction_hour: 14, days_since_last_transaction: 1.5, transaction_count_24h: 3, distance_from_home: 5.0 },
  prediction: 'legitimate',
  probability: 0.88,
  latency_ms: 12.5,
};

/** Numbers in [0, 1) that look like chance and are the same everywhere. */
export function numbers(seed) {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Events of the README's shape, `ago` seconds before the instant and on; the distance grows by `moved`. */
export function events(count, { seed, moved = 0, ago = 50, version, model }) {
  const next = numbers(seed);
  const start = Date.parse(INSTANT) - ago * 1000;
  return Array.from({ length: count }, (_, row) => ({
    features: {
      transaction_amount: Math.round(next() * 50_000) / 100,
      transaction_hour: Math.floor(next() * 24),
      days_since_last_transaction: Math.round(next() * 90) / 10,
      transaction_count_24h: Math.floor(next() * 9),
      distance_from_home: Math.round((next() ** 2 * 80 + moved) * 10) / 10,
    },
    prediction: next() < 0.1 ? 'fraud' : 'legitimate',
    probability: Math.round(next() * 1000) / 1000,
    latency_ms: Math.round(next() ** 3 * 2000) / 10,
    error: next() < 0.01,
    timestamp: new Date(start + Math.floor((row * ago * 900) / count)).toISOString(),
    ...(version && { version }),
    ...(model && { model }),
  }));
}

const json = { 'content-type': 'application/json' };
export const get = (url, headers = {}) => ({ method: 'GET', url, headers });
export const post = (url, body, headers = {}) => ({ method: 'POST', url, headers: { ...json, ...headers }, body: typeof body === 'string' ? body : JSON.stringify(body) });

export const VECTORS = [
  get('/health'),
  get('/drift'),
  post('/v1/learn', { events: 600 }),
  post('/monitor', events(600, { seed: 1, ago: 3000 })),
  post('/monitor', EVENT, { 'idempotency-key': 'readme' }),
  post('/monitor', EVENT, { 'idempotency-key': 'readme' }),
  post('/monitor', { ...EVENT, latency_ms: 1 }, { 'idempotency-key': 'readme' }),
  post('/monitor', events(700, { seed: 2, moved: 40, version: '7' })),
  post('/monitor', events(500, { seed: 3, moved: 40, version: '8' }).map((event) => JSON.stringify(event)).join('\n'), { 'content-type': 'application/x-ndjson' }),
  post('/monitor', { features: { transaction_amount: 'much' }, latency_ms: -1 }),
  post('/monitor', '{"features": '),
  get('/drift'),
  get('/drift?version=7'),
  get('/drift?version=9'),
  get('/latency'),
  get('/alerts'),
  get('/alerts?state=firing'),
  get('/metrics'),
  get('/metrics', { accept: 'application/openmetrics-text; version=1.0.0' }),
  get('/health'),
  get('/v1/report'),
  get('/v1/windows'),
  get('/v1/audit'),
  get('/v1/live'),
  get('/v1/spec'),
  get('/driff'),
];
