import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { JsonObject } from '@capstan/protocol';
import {
  type Action,
  Capability,
  type Context,
  FatalError,
  InputError,
  type InputFile,
  log,
  NotSupportedError,
  registerWireType,
  ResourceError,
  TransientError,
} from '@capstan/worker';

/** Travels as `conformance.segment`; `start` is required, `end` is 0 by default. */
class Segment {
  start!: number;
  end = 0;
}
registerWireType('conformance.segment', Segment);

/** Is large, and so saves itself to a file instead of travelling. */
class Samples {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  toTempFile(): string {
    const path = join(tmpdir(), `conformance-samples-${process.pid}`);
    writeFileSync(path, this.text);
    return path;
  }
}

/** The capability of `protocol/conformance/README.md`, in Node. */
export class Conformance extends Capability {
  readonly name = 'conformance';
  readonly version = '1.0.0';
  override readonly description = 'Known behaviour for the conformance suite.';
  override readonly concurrency = 4;
  override readonly environment = [{ name: 'CONFORMANCE_SECRET', secret: true }];
  override readonly configTable = {
    greeting: { type: 'string', default: 'hello' },
    initializeMs: { type: 'integer', default: 0, minimum: 0, maximum: 60_000 },
    model: { type: 'string', enum: ['small', 'large'], default: 'small', reloadTrigger: 'model' },
  } as const;
  readonly #events: string[] = [];

  override async initialize(config: JsonObject, context: Context): Promise<void> {
    this.#events.push('initialize');
    await this.#warmUp(config, context);
  }

  async #warmUp(config: JsonObject, context: Context): Promise<void> {
    const totalMs = Number(config['initializeMs']);
    for (let passedMs = 0; passedMs < totalMs; passedMs += 20) {
      context.checkCancel();
      context.progress(passedMs / totalMs, 'warming up');
      await delay(20);
    }
  }

  override async applyConfig(config: JsonObject, context: Context): Promise<void> {
    this.#events.push('reconfigure');
    await this.#warmUp(config, context);
  }

  releaseModel(): void {
    this.#events.push('release:model');
  }

  override getConfigOptions() {
    return {
      model: {
        options: [
          { value: 'small', label: 'Small' },
          { value: 'large', label: 'Large' },
        ],
      },
    };
  }

  override async prefetch(context: Context): Promise<void> {
    this.#events.push('prefetch');
    await this.#warmUp(this.config, context);
  }

  override onEnable(): void {
    this.#events.push('on_enable');
  }

  override onDisable(): void {
    this.#events.push('on_disable');
  }

  override freeMemory(): void {
    this.#events.push('free_memory');
  }

  override cleanup(): void {
    this.#events.push('cleanup');
  }

  override listProcesses(): never {
    throw new NotSupportedError('this machine does not say');
  }

  override readonly actions: { readonly [name: string]: Action } = {
    echo: { input: { value: {} }, run: ({ value }) => value },
    add: {
      input: { a: { type: 'number' }, b: { type: 'number', default: 1 } },
      effects: 'pure',
      run: ({ a, b }) => a + b,
    },
    count: {
      input: {
        to: { type: 'integer', minimum: 0, default: 3 },
        fail_at: { type: 'integer', default: 0 },
      },
      async *run({ to, fail_at: failAt }: { to: number; fail_at: number }, context) {
        for (let i = 1; i <= to; i++) {
          if (i === failAt) throw new Error(`conformance: stop at ${i}`);
          context.progress(i / to, `${i} of ${to}`);
          yield i;
        }
      },
    },
    sleep: {
      input: {
        ms: { type: 'integer' },
        honour: { type: 'string', enum: ['raise', 'return', 'callback'], default: 'raise' },
      },
      run: sleep,
    },
    busy: {
      input: { ms: { type: 'integer' } },
      run: ({ ms }) => {
        const end = performance.now() + ms;
        while (performance.now() < end);
        return 'done';
      },
    },
    spawn_child: {
      input: {},
      run: () => ({ pid: spawn('sleep', ['300'], { stdio: 'ignore' }).pid }),
    },
    fail: { input: { kind: { type: 'string' } }, run: ({ kind }) => fail(kind) },
    usage: {
      input: { unit: { type: 'string' }, amount: { type: 'number' } },
      run: ({ unit, amount }, context) => context.usage({ [unit]: amount }),
    },
    account: {
      input: { type: { type: 'string' }, payload: { type: 'object' } },
      run: ({ type, payload }, context) => context.account(type, payload),
    },
    whoami: {
      input: { ms: { type: 'integer', default: 0 } },
      run: async ({ ms }, context) => {
        const before = context.envelope;
        await delay(ms);
        return { call: context.callId, before, after: context.envelope };
      },
    },
    write_file: {
      input: { name: { type: 'string' }, text: { type: 'string' } },
      run: ({ name, text }, context) => {
        const file = context.output(name, { mediaType: 'text/plain' });
        writeFileSync(file.path, text);
        return file;
      },
    },
    write_outside: {
      input: {},
      run: (_, context) => {
        const path = join(tmpdir(), `capstan-conformance-${process.pid}.txt`);
        writeFileSync(path, 'outside');
        return context.file(path);
      },
    },
    read_file: {
      input: { file: { type: 'file' } },
      run: ({ file }: { file: InputFile }) => readFile(file.path, 'utf8'),
    },
    bad_value: {
      input: { kind: { type: 'string' } },
      run: ({ kind }) => ({ segments: [{ start: 0 }, { start: 1 }, { start: badValues[kind] }] }),
    },
    bad_file: { input: {}, run: () => ({ __wire__: 'capstan.file', data: { size: 1 } }) },
    big: { input: { bytes: { type: 'integer' } }, run: ({ bytes }) => 'x'.repeat(bytes) },
    log: {
      input: {
        message: { type: 'string' },
        level: { type: 'string', enum: ['debug', 'info', 'warning', 'error'], default: 'info' },
      },
      run: ({ message, level }: { message: string; level: 'info' }) => {
        log[level](message);
        process.stdout.write(`raw ${message}\n`);
      },
    },
    shift: {
      input: { segment: {}, by: { type: 'number' } },
      run: ({ segment, by }: { segment: unknown; by: number }) => {
        if (!(segment instanceof Segment)) throw new FatalError('conformance: not typed');
        segment.start += by;
        return segment;
      },
    },
    samples: {
      input: { text: { type: 'string' } },
      run: ({ text }: { text: string }) => new Samples(text),
    },
    heartbeat: {
      input: { ms: { type: 'integer' } },
      run: ({ ms }: { ms: number }, context: Context) => {
        context.progress(0.25, 'begun');
        return context.heartbeat('loading', () => delay(ms, 'done'), 20);
      },
    },
    background: {
      input: {},
      run: async (_: object, context: Context) => {
        setTimeout(() => {
          context.progress(0.5, 'from elsewhere');
          context.account('noted', { elsewhere: true });
          context.usage({ notes: 1 });
        }, 1);
        await delay(50);
        return null;
      },
    },
    callbacks: {
      input: { ms: { type: 'integer' } },
      run: async ({ ms }: { ms: number }, context: Context) => {
        const fired: string[] = [];
        context.onCancel(() => {
          fired.push('first');
          throw new Error('conformance: this callback fails');
        });
        context.onCancel(() => fired.push('second'));
        const forget = context.onCancel(() => fired.push('forgotten'));
        forget();
        context.progress(0, 'listening');
        const end = performance.now() + ms;
        while (fired.length < 2 && performance.now() < end) await delay(5);
        this.#events.push(...fired);
        return null;
      },
    },
    cached: {
      input: { file: { type: 'file' } },
      run: async ({ file }: { file: InputFile }, context: Context) =>
        (await context.cacheDir('cached', file)).json(async () => ({
          text: await readFile(file.path, 'utf8'),
        })),
    },
    environ: {
      input: {},
      run: () => ({
        names: Object.keys(process.env).toSorted(),
        secret: process.env['CONFORMANCE_SECRET'] ?? null,
      }),
    },
    events: { input: {}, run: () => this.#events },
    die: { input: {}, run: () => process.exit(3) },
  };
}

async function sleep(
  { ms, honour }: { ms: number; honour: 'raise' | 'return' | 'callback' },
  context: Context,
): Promise<string> {
  if (honour === 'callback') {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve('slept'), ms);
      context.onCancel(() => {
        clearTimeout(timer);
        resolve('called back');
      });
    });
  }
  for (let passedMs = 0; passedMs < ms; passedMs += 10) {
    if (honour === 'raise') context.checkCancel();
    else if (context.signal.aborted) return 'stopped early';
    await delay(10);
  }
  return 'slept';
}

const badValues: { readonly [kind: string]: unknown } = {
  nan: Number.NaN,
  infinity: Number.POSITIVE_INFINITY,
  big_integer: 2 ** 53 + 2,
  surrogate: '\ud800',
};

async function fail(kind: string): Promise<unknown> {
  switch (kind) {
    case 'input':
      throw new InputError('conformance: input', { fields: ['kind'] });
    case 'transient':
      throw new TransientError('conformance: transient', { retryAfterS: 2.5 });
    case 'resource':
      throw new ResourceError('conformance: resource', {
        shortfall: { resource: 'gpu_vram_mb', needed: 4096, available: 1024 },
      });
    case 'fatal':
      throw new FatalError('conformance: fatal');
    case 'missing_file':
      return readFile('/nonexistent/conformance', 'utf8');
    case 'refused':
      return new Promise((_, reject) => connect(1, '127.0.0.1').once('error', reject));
    case 'memory':
      return new ArrayBuffer(2 ** 52);
    default:
      throw new Error('conformance: plain');
  }
}

export class ConformanceAdapter {
  static readonly taskName = 'conformance-task';
  static readonly methods = {
    double: { description: 'Twice as much.', input: { n: { type: 'number' } }, effects: 'pure' },
  };
  readonly #tool: Capability;

  constructor(tool: Capability) {
    this.#tool = tool;
  }

  double({ n }: { n: number }): number {
    return 2 * n;
  }

  tool_version(): string {
    return this.#tool.version;
  }

  refuse(): never {
    throw new InputError('conformance: refused');
  }

  _hidden(): string {
    return 'unreachable';
  }
}

export class DuplicateAdapter {
  static readonly taskName = 'conformance-task';

  double({ n }: { n: number }): number {
    return 1000 * n;
  }
}

export class BrokenAdapter {
  static readonly taskName = 'broken-task';

  constructor() {
    throw new Error('conformance: this adapter never works');
  }
}
