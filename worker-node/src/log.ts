import { formatLogRecord, isLogged, type LogLevel } from '@capstan/protocol';
import { loggedTrace } from './classify.ts';
import { currentCall } from './current.ts';

export interface Logger {
  debug(message: string): void;
  info(message: string): void;
  warning(message: string, error?: unknown): void;
  error(message: string, error?: unknown): void;
}

let threshold: LogLevel = 'info';

/** Everything below this level stays unwritten; the start line says which. */
export function setLogLevel(level: LogLevel): void {
  threshold = level;
}

/** Writes one record to stderr. The call it is written in, if any, is added here; authors never say. */
function write(logger: string, level: LogLevel, message: string, error?: unknown): void {
  if (!isLogged(level, threshold)) return;
  const callId = currentCall()?.callId;
  const excText = error === undefined ? undefined : loggedTrace(error);
  process.stderr.write(
    formatLogRecord({
      ts: new Date().toISOString(),
      level,
      logger,
      message,
      ...(callId === undefined ? {} : { callId }),
      ...(excText === undefined ? {} : { excText }),
    }),
  );
}

/** A logger whose records carry this name. */
export function loggerNamed(name: string): Logger {
  return {
    debug: (message) => write(name, 'debug', message),
    info: (message) => write(name, 'info', message),
    warning: (message, error) => write(name, 'warning', message, error),
    error: (message, error) => write(name, 'error', message, error),
  };
}

/** The logger of the capability's own code, inside and outside of calls. */
export const log: Logger = loggerNamed('capability');

/** As `console` would print it. Loaded on first use, because a start is only as fast as what it imports. */
const format = (...args: unknown[]): string =>
  process.getBuiltinModule('node:util').format(...args);

/**
 * Inside a call `console` writes records, so that a line is attributed to its call even when several run.
 * Outside of calls it prints as ever.
 */
export function attributeConsole(): void {
  const levels = {
    debug: 'debug',
    log: 'info',
    info: 'info',
    warn: 'warning',
    error: 'error',
  } as const;
  for (const [method, level] of Object.entries(levels) as [keyof typeof levels, LogLevel][]) {
    const print = console[method].bind(console);
    console[method] = (...args: unknown[]) => {
      if (currentCall() === undefined) print(...args);
      else write('console', level, format(...args));
    };
  }
}

/**
 * A pipe whose reader is gone must not end the worker by an unhandled EPIPE: the end of stdin does that,
 * in its own way.
 */
export function surviveClosedOutput(): void {
  process.stdout.on('error', () => {});
  process.stderr.on('error', () => {});
}
