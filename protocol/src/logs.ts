/** How bad it is, in the words both SDKs use. */
export type LogLevel = 'debug' | 'info' | 'warning' | 'error';

/** One record of a capability's log. The SDK adds the call it was written in; authors never do. */
export interface LogRecord {
  /** ISO 8601, UTC. */
  ts: string;
  level: LogLevel;
  logger: string;
  message: string;
  callId?: string;
  /** A traceback that belongs to the record. */
  excText?: string;
}

/** The ASCII record separator, as in JSON text sequences (RFC 7464): no tool's ordinary line begins with it. */
export const logMark = '\u001e';

const levels: readonly LogLevel[] = ['debug', 'info', 'warning', 'error'];

export const isLogLevel = (text: string): text is LogLevel =>
  (levels as readonly string[]).includes(text);

/** Whether a record of this level is written when the start line asked for `threshold`. */
export const isLogged = (level: LogLevel, threshold: LogLevel): boolean =>
  levels.indexOf(level) >= levels.indexOf(threshold);

export function formatLogRecord(record: LogRecord): string {
  return `${logMark}${JSON.stringify(record)}\n`;
}

/** The record a line of stderr carries, or null when the line is a tool's own output. */
export function parseLogRecord(line: string): LogRecord | null {
  if (!line.startsWith(logMark)) return null;
  let found: { [key: string]: unknown };
  try {
    found = JSON.parse(line.slice(logMark.length));
  } catch {
    return null;
  }
  if (typeof found !== 'object' || found === null) return null;
  const { ts, level, logger, message, callId, excText } = found;
  if (typeof ts !== 'string' || typeof logger !== 'string' || typeof message !== 'string')
    return null;
  if (typeof level !== 'string' || !isLogLevel(level)) return null;
  return {
    ts,
    level,
    logger,
    message,
    ...(typeof callId === 'string' ? { callId } : {}),
    ...(typeof excText === 'string' ? { excText } : {}),
  };
}
