/** What one client may take of a host's attention. Generous for ours, and an end to what a broken one holds. */
export const limits = {
  /** A body may hold the largest arguments a job may have, and JSON around them. */
  bodyBytes: 80 * 1024 * 1024,
  /** Bodies that are only an id and a few words. */
  smallBodyBytes: 64 * 1024,
  /** Claims of which most are refused for their size, with a reason; larger ones without. */
  leaseBodyBytes: 8 * 1024 * 1024,
  connections: 256,
  /** A client that has connected says what it wants within this. */
  headersMs: 5_000,
  /** And has sent all of it within this. */
  requestMs: 60_000,
  /** How often it is looked whether a client has taken too long. */
  lookMs: 500,
  /** A connection that is kept for a next request. */
  keepAliveMs: 5_000,
  /** The longest that one request may wait for the end of a job or a run; clients ask again. */
  waitMs: 20_000,
  /** A stream of events says at least this often that it is there. */
  heartbeatMs: 15_000,
  /** Text of events that is prepared for a client before it has taken the earlier ones. */
  streamChars: 64 * 1024,
} as const;
