import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { type IncomingHttpHeaders, request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import {
  type Frame,
  formatStartLine,
  type JsonObject,
  type LogRecord,
  parseAddress,
  parseFrame,
  parseLogRecord,
  parseReadyLine,
  type StartLine,
} from '@capstan/protocol';
import type { Subject } from './subject.ts';

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- checks look into answers and fail when they differ
  json: any;
}

export interface Ask {
  headers?: { [name: string]: string | undefined };
  /** Sent as it is, instead of a JSON body. */
  raw?: string | Buffer;
  signal?: AbortSignal;
  /** Called with each frame as it arrives. */
  onFrame?: (frame: Frame) => void;
}

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** A worker process, started as a host would: in a group of its own, with little environment and a start line. */
export class Worker {
  readonly child: ChildProcess;
  readonly dir: string;
  readonly start: StartLine;
  readonly exited: Promise<Exit>;
  readonly records: LogRecord[] = [];
  stdout = '';
  stderr = '';
  readonly #ready: Promise<string>;
  #address = '';

  constructor(subject: Subject, start: Partial<StartLine> & { text?: string | null } = {}) {
    this.dir = realpathSync(mkdtempSync(join(tmpdir(), 'capstan-')));
    const { text, ...changes } = start;
    this.start = { ...this.#startLine(subject), ...changes };
    const [program = '', ...args] = subject.command;
    this.child = spawn(program, args, {
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
      env: {
        PATH: process.env['PATH'] ?? '',
        HOME: this.dir,
        LANG: 'C.UTF-8',
        CAPSTAN_SESSION: this.start.session,
        CAPSTAN_HOST: 'conformance',
      },
    });
    this.child.stdin?.on('error', () => {});
    this.exited = new Promise((resolve, reject) => {
      this.child.once('error', reject);
      this.child.once('close', (code, signal) => resolve({ code, signal }));
    });
    this.#ready = this.#watchOutput();
    this.#ready.catch(() => {});
    if (text === null) this.child.stdin?.end();
    else this.child.stdin?.write(text ?? formatStartLine(this.start));
  }

  #startLine({ module, class: className }: Subject): StartLine {
    return {
      capstan: 1,
      protocol: [1, 1],
      // Of its own, because a worker that ends takes along every process that carries its session.
      session: `conformance-${basename(this.dir)}`,
      listen: `unix:${join(this.dir, 'w.sock')}`,
      token: 'conformance-token',
      module,
      class: className,
      adapters: [],
      dirs: {
        data: join(this.dir, 'data'),
        models: join(this.dir, 'models'),
        calls: join(this.dir, 'calls'),
      },
      secrets: { CONFORMANCE_SECRET: 'declared', CONFORMANCE_HIDDEN: 'undeclared' },
      logLevel: 'info',
    };
  }

  /** Waits for the ready line. Fails with what the worker printed instead. */
  async untilReady(): Promise<this> {
    this.#address = await this.#ready;
    return this;
  }

  #watchOutput(): Promise<string> {
    return new Promise((resolve, reject) => {
      this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
        this.stdout += text;
        for (const line of this.stdout.split('\n').slice(0, -1)) {
          const ready = parseReadyLine(line);
          if (ready?.kind === 'ready') resolve(ready.address);
          else if (ready !== null) reject(new Error(line));
        }
      });
      let rest = '';
      this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
        this.stderr += text;
        const lines = (rest + text).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) {
          const record = parseLogRecord(line);
          if (record !== null) this.records.push(record);
        }
      });
      this.exited.then(
        (exit) =>
          reject(new Error(`ended before it was ready: ${JSON.stringify(exit)}\n${this.stderr}`)),
        reject,
      );
    });
  }

  ask(method: string, path: string, body?: unknown, options: Ask = {}): Promise<Answer> {
    const address = parseAddress(this.#address);
    if (address === null) throw new Error('not ready yet');
    const payload = options.raw ?? (body === undefined ? undefined : JSON.stringify(body));
    const headers: { [name: string]: string } = {};
    const wanted = {
      authorization: `Bearer ${this.start.token}`,
      ...(payload === undefined
        ? {}
        : {
            'content-type': 'application/json',
            'content-length': String(Buffer.byteLength(payload)),
          }),
      host: 'localhost',
      ...options.headers,
    };
    for (const [name, value] of Object.entries(wanted)) {
      if (value !== undefined) headers[name] = value;
    }
    return new Promise((resolve, reject) => {
      const request = httpRequest({
        ...(address.kind === 'unix'
          ? { socketPath: address.path }
          : { host: address.host, port: address.port }),
        method,
        path,
        headers,
        agent: false,
        ...(options.signal === undefined ? {} : { signal: options.signal }),
      });
      request.on('response', (response) => {
        const isStream = response.headers['content-type']?.includes('ndjson') === true;
        let text = '';
        let seen = 0;
        response.setEncoding('utf8').on('data', (part: string) => {
          text += part;
          if (!isStream) return;
          const lines = text.split('\n').slice(0, -1);
          for (const line of lines.slice(seen)) {
            const frame = parseFrame(line);
            if (frame !== null) options.onFrame?.(frame);
          }
          seen = lines.length;
        });
        response.on('error', reject);
        response.on('end', () => {
          const json = isStream ? undefined : parsed(text);
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json });
        });
      });
      // a worker that refuses a large body may answer before it has read it all
      request.on('error', (error: NodeJS.ErrnoException) => {
        if (error.code !== 'EPIPE') reject(error);
      });
      request.on('close', () => reject(new Error(`no answer to ${method} ${path}`)));
      request.end(payload);
    });
  }

  execute(
    action: string,
    input: JsonObject = {},
    options: Ask & { envelope?: unknown } = {},
  ): Promise<Answer> {
    const { envelope, ...rest } = options;
    const body = {
      args: [],
      kwargs: { action, ...input },
      ...(envelope === undefined ? {} : { envelope }),
    };
    return this.ask('POST', '/execute', body, rest);
  }

  /** The same with frames: all of them, once the answer is complete. */
  async frames(
    action: string,
    input: JsonObject = {},
    options: Ask = {},
    path = '/execute',
  ): Promise<Frame[]> {
    const body = { args: [], kwargs: { action, ...input } };
    const headers = { accept: 'application/x-ndjson', ...options.headers };
    const { text } = await this.ask('POST', path, body, { ...options, headers });
    return text
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map((line) => JSON.parse(line) as Frame);
  }

  /** The host goes away. */
  endStdin(): void {
    this.child.stdin?.end();
  }

  /** Ends it, whatever state it is in, with everything in its group. */
  async dispose(): Promise<void> {
    this.endStdin();
    try {
      process.kill(-(this.child.pid ?? 0), 'SIGKILL');
    } catch {
      // the group is gone already
    }
    await this.exited.catch(() => {});
    rmSync(this.dir, { recursive: true, force: true });
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Runs something with a worker that is ready, and ends the worker afterwards. */
export async function withWorker(
  subject: Subject,
  work: (worker: Worker) => Promise<void>,
  start: Partial<StartLine> = {},
): Promise<void> {
  const worker = new Worker(subject, start);
  try {
    await work(await worker.untilReady());
  } finally {
    await worker.dispose();
  }
}

/** Waits until something is so, and fails with its name if that takes too long. */
export async function until(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  withinMs = 5000,
): Promise<void> {
  const end = performance.now() + withinMs;
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`not within ${withinMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Whether a process exists and is more than a zombie nobody has waited for. */
export async function isAlive(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  if (process.platform !== 'linux') return true;
  const { readFile } = await import('node:fs/promises');
  const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '');
  return stat !== '' && !/\) Z /.test(stat);
}
