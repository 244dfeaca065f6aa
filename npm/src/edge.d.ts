/** Where the state is kept: a Durable Object's storage has this shape. */
export interface Storage {
  get(key: string): Promise<any>;
  put(key: string, value: any): Promise<void>;
  delete(key: string): Promise<unknown>;
  /** In the order of the keys. */
  list(options: { prefix: string }): Promise<Map<string, any>>;
}

export type Scope = 'ingest' | 'read' | 'admin';

/** Who asks, and about which models alone. */
export interface Caller {
  name?: string;
  models?: string[];
}

/** Something that happened: an order, an alert that changed, an attempt to send, a failure. */
export interface EdgeEvent {
  kind: 'effect' | 'transition' | 'problem' | 'attempt' | 'failure';
  model?: string;
  [more: string]: unknown;
}

export interface EdgeOptions {
  /** The compiled module, its bytes or address, where the host does not find `edge.wasm` beside the script. */
  module?: WebAssembly.Module | BufferSource | Response | URL | string | Promise<WebAssembly.Module | BufferSource | Response>;
  /** Where the state is kept; in memory alone where nothing is said. */
  storage?: Storage;
  /** Names this replica; a name of its own, kept in the storage, where nothing is said. */
  replica?: string;
  /** Milliseconds since 1970. */
  now?: () => number;
  /** Sends orders and bundles. */
  fetch?: typeof fetch;
  /**
   * Who may ask for something of this scope: the caller, `null` for a caller who may not, `undefined` for nobody who is known.
   * Without it everybody may send events and look, and nobody may change what is watched.
   */
  authorize?: (request: Request, scope: Scope) => Caller | null | undefined | Promise<Caller | null | undefined>;
  /** What is watched and how it is judged, of models without a spec of their own. */
  spec?: string | Record<string, unknown>;
  /** A model without a reference learns one from so many events. */
  learn?: number;
  /** Secrets of Standard Webhooks (`whsec_…`) that orders are signed with. */
  secrets?: string | string[];
  /** What `{secret:NAME}` in a header of an order stands for, and the one origin that it is sent to. */
  headerSecrets?: Record<string, { value: string; origin: string }>;
  /** Origins that orders may go to although they are inside, or without TLS. */
  permit?: string[];
  /** Bytes of a body, below each endpoint's own limit; 16 MiB where nothing is said. */
  maxBody?: number;
  /** When a snapshot takes the place of entries. */
  journal?: { checkpointEntries?: number; checkpointBytes?: number };
  /** What `/health` tells as the program's version. */
  version?: string;
  /** Told of whatever happens. */
  onEvent?: (event: EdgeEvent) => void;
}

export interface FetchHandler {
  (request: Request, context?: { waitUntil?(promise: Promise<unknown>): void }): Promise<Response>;
  /** A look where one is due, and orders that are; gives when to call again, in milliseconds since 1970. */
  tick(): Promise<number | undefined>;
  /** Sends the orders that are due. */
  deliver(): Promise<void>;
  /** What this replica holds of a model, for another one to add up. */
  bundle(model?: string): Promise<Uint8Array>;
  /** Posts the bundle to a server, which adds it up. */
  push(to: string | URL, options?: { token?: string; model?: string }): Promise<{ replica: string; taken: boolean; replicas: number }>;
  /** The whole service as bytes. */
  snapshot(): Promise<Uint8Array>;
  free(): void;
}

/** The service behind a `fetch` handler: `POST /monitor`, `GET /drift`, `/latency`, `/alerts`, `/metrics`, `/health`, `/v1/…`. */
export function createFetchHandler(options?: EdgeOptions): FetchHandler;

/** Who may ask, by bearer tokens. */
export function bearer(tokens: Record<string, Caller & { scopes: Scope[] }>): NonNullable<EdgeOptions['authorize']>;

/** A storage that ends with the isolate. */
export function memoryStorage(): Storage;
