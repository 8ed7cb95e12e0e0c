import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { delimiter, dirname } from 'node:path';
import { defaults } from '../../defaults.ts';
import { cjmVariables } from '../../environments/index.ts';
import { invariant } from '../../errors.ts';
import { failPoint } from '../../fail-points.ts';
import { newId } from '../../ids.ts';
import { spawnFailure, startFailure } from '../diagnosis.ts';
import { Handshake } from '../handshake.ts';
import { Life } from '../life.ts';
import type { LiveWorker } from '../live-worker.ts';
import { markVariables } from '../marks.ts';
import { OutputPump } from '../output.ts';
import { redactionOf } from '../redacting.ts';
import type { Child, WorkerSpec } from '../spawn.ts';
import { CjmHttp } from './http.ts';
import { CjmWorker } from './worker.ts';

/**
 * Starts a published worker of the reference system, as that system does: the host binds a port of the
 * loopback and hands the listening descriptor on, so that nobody can take the port in between.
 *
 * Rejects like `startWorker`, with nothing left running.
 */
export async function startCjmWorker(spec: WorkerSpec): Promise<LiveWorker> {
  const session = newId('wrk');
  const listener = await listen();
  const { port } = listener;
  const child = await spawnWorker(spec, session, listener);
  const address = `tcp:127.0.0.1:${port}`;
  const handshake = new Handshake(address, {
    readySilenceMs: spec.limits?.readySilenceMs ?? defaults.readySilenceMs,
    readyTotalMs: spec.limits?.readyTotalMs ?? defaults.readyTotalMs,
  });
  const signs = new Set<() => void>();
  const pump = new OutputPump(child.stdout, child.stderr, {
    onLine: (line) => spec.onOutput?.(line),
    redact: redactionOf(spec),
    onBytes: () => {
      handshake.heard();
      for (const sign of signs) sign();
    },
    intercept: () => false,
  });
  const life = new Life({ child, session, socket: noSocket, pump, guard: spec.guard });
  failPoint('worker.after-spawn');
  spec.onSpawned?.(session, life.pid);
  void life.ended.then((end) => handshake.exited(end));
  const abandon = () => handshake.abandon();
  spec.signal?.addEventListener('abort', abandon, { once: true });
  void knock(port, life, () => handshake.offer(`capstan 1 ${address}`));

  const outcome = spec.signal?.aborted === true ? abandoned : await handshake.outcome;
  spec.signal?.removeEventListener('abort', abandon);
  if (outcome.kind !== 'ready') {
    await life.kill();
    throw await startFailure(spec, outcome, pump.lastLines());
  }
  failPoint('worker.after-ready');
  const { label, start } = spec;
  const onProblem = (what: string) => {
    const text = `capstan: the worker of ${label} broke its protocol: ${what}`;
    spec.onOutput?.({ stream: 'stderr', text });
  };
  const callsDir = start.dirs.calls;
  const { tracebacks = defaults.tracebacks } = start;
  return new CjmWorker({
    label,
    session,
    port,
    callsDir,
    dataDir: start.dirs.data,
    outputOf: spec.outputOf ?? (() => null),
    tracebacks,
    life,
    child,
    pump,
    signs,
    onProblem,
  });
}

const abandoned = { kind: 'abandoned' } as const;

/** It needs no folder for a socket. */
const noSocket = { path: '', listen: '', remove: () => Promise.resolve() };

interface Listener {
  server: Server;
  port: number;
  fd: number;
}

/** What a listening server holds inside; Node has no public name for its descriptor. */
interface Handle {
  fd?: number;
  setNoDelay?: (on: boolean) => void;
}

async function listen(): Promise<Listener> {
  const server = createServer();
  server.listen({ host: '127.0.0.1', port: 0, backlog: 128 });
  await once(server, 'listening');
  const bound = server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
  const { _handle: handle } = server as { _handle?: Handle };
  // Accepted connections inherit it. Without, a small answer waits for the 40 ms of a delayed acknowledgement.
  handle?.setNoDelay?.(true);
  invariant(handle?.fd !== undefined, 'a listening server has a descriptor');
  return { server, port, fd: handle.fd };
}

/** The descriptor's number in the worker: the first after the three that every process has. */
const inheritedFd = 3;

async function spawnWorker(
  spec: WorkerSpec,
  session: string,
  { server, fd }: Listener,
): Promise<Child> {
  const [program = '', ...options] = spec.command;
  const { module, adapters } = spec.start;
  const names = ['--module', module, '--class', spec.start.class];
  const bound = adapters.length === 0 ? [] : ['--adapters', adapters.join(',')];
  const parent = ['--fd', String(inheritedFd), '--ppid', String(process.pid)];
  try {
    const child = spawn(program, [...options, ...names, ...parent, ...bound], {
      cwd: spec.cwd,
      env: variablesOf(spec, session),
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe', fd],
    });
    await once(child, 'spawn');
    child.stdin?.on('error', () => {});
    return child as unknown as Child;
  } catch (error) {
    throw await spawnFailure(spec, error);
  } finally {
    // From here on it is the worker's alone: when that dies, whoever waits for an answer is told at once.
    server.close();
  }
}

/** What that worker expects around it. It has no other way to be given a secret. */
function variablesOf(spec: WorkerSpec, session: string): { [name: string]: string } {
  const { dirs, secrets, logLevel } = spec.start;
  const tools = dirname(spec.command[0] ?? '');
  return {
    ...spec.env,
    ...secrets,
    PATH: [tools, spec.env['PATH'] ?? ''].filter(Boolean).join(delimiter),
    ...cjmVariables(dirs.data, dirs.models),
    CJM_WORKER_SESSION_ID: session,
    CJM_LOG_LEVEL: logLevel.toUpperCase(),
    ...markVariables(spec.guard.owner, session),
  };
}

/**
 * Asks for `/health` until it is answered. The port is open from the start, so the first question usually
 * just waits there until the worker has imported its capability.
 */
async function knock(port: number, life: Life, onReady: () => void): Promise<void> {
  const http = new CjmHttp(port);
  const over = new AbortController();
  void life.ended.then(() => over.abort());
  while (!life.hasEnded) {
    let status = 0;
    const reader = { onStart: (found: number) => void (status = found), onData: () => undefined };
    const ask = { method: 'GET', path: '/health', body: null, signal: over.signal } as const;
    // oxlint-disable-next-line no-await-in-loop -- one question at a time
    await http.send(ask, reader).catch(() => {});
    if (status === 200) {
      onReady();
      break;
    }
    // oxlint-disable-next-line no-await-in-loop
    await new Promise((resolve) => setTimeout(resolve, defaults.cjmReadyAgainMs));
  }
  await http.destroy();
}
