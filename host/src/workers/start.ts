import { defaults } from '../defaults.ts';
import { failPoint } from '../fail-points.ts';
import { newId } from '../ids.ts';
import { spawnFailure, startFailure } from './diagnosis.ts';
import { Handshake, type HandshakeLimits } from './handshake.ts';
import { Life } from './life.ts';
import type { LiveWorker } from './live-worker.ts';
import { OutputPump } from './output.ts';
import { RedactingWorker, redactedFailure, redactionOf } from './redacting.ts';
import { makeSocketFolder, type SocketFolder } from './socket.ts';
import { makeCredentials, spawnProcess, type WorkerSpec } from './spawn.ts';
import { Worker } from './worker.ts';

/**
 * Starts a worker and resolves when it is ready for calls.
 *
 * Otherwise nothing of it is left running, and it rejects with WORKER_START_FAILED (it ended, or said why it
 * cannot start), WORKER_NOT_READY (it hangs) or VERSION_SKEW, each with a diagnosis in message and details.
 */
export async function startWorker(spec: WorkerSpec): Promise<LiveWorker> {
  const { redactor } = spec;
  if (redactor === undefined || redactor.isEmpty) return startUnheard(spec);
  try {
    return new RedactingWorker(await startUnheard(spec), redactor, spec.start.dirs.calls);
  } catch (error) {
    throw redactedFailure(error, redactor);
  }
}

async function startUnheard(spec: WorkerSpec): Promise<LiveWorker> {
  if (spec.dialect === 'cjm') {
    const { startCjmWorker } = await import('./cjm/start.ts');
    return startCjmWorker(spec);
  }
  return startOwnWorker(spec);
}

async function startOwnWorker(spec: WorkerSpec): Promise<LiveWorker> {
  const session = newId('wrk');
  const socket = await makeSocketFolder(spec.runtimeDir, session);
  const { token, startLine } = makeCredentials(spec, session, socket.listen);
  const child = await spawnOrClear(spec, session, startLine, socket);
  const handshake = new Handshake(socket.listen, limitsOf(spec));
  const pump = new OutputPump(child.stdout, child.stderr, {
    onLine: (line) => spec.onOutput?.(line),
    redact: redactionOf(spec),
    onBytes: () => handshake.heard(),
    intercept: (line) => handshake.offer(line),
  });
  const life = new Life({ child, session, socket, pump, guard: spec.guard });
  failPoint('worker.after-spawn');
  spec.onSpawned?.(session, life.pid);
  void life.ended.then((end) => handshake.exited(end));
  const abandon = () => handshake.abandon();
  spec.signal?.addEventListener('abort', abandon, { once: true });

  const outcome = spec.signal?.aborted === true ? abandoned : await handshake.outcome;
  spec.signal?.removeEventListener('abort', abandon);
  if (outcome.kind !== 'ready') {
    // A refusal is followed by the worker's own exit, but nothing waits for it.
    await life.kill();
    throw await startFailure(spec, outcome, pump.lastLines());
  }
  failPoint('worker.after-ready');
  return new Worker({
    label: spec.label,
    session,
    address: outcome.address,
    token,
    life,
    child,
    pump,
  });
}

const abandoned = { kind: 'abandoned' } as const;

async function spawnOrClear(
  spec: WorkerSpec,
  session: string,
  startLine: string,
  socket: SocketFolder,
) {
  try {
    return await spawnProcess(spec, session, startLine);
  } catch (error) {
    await socket.remove();
    throw await spawnFailure(spec, error);
  }
}

const limitsOf = ({ limits }: WorkerSpec): HandshakeLimits => ({
  readySilenceMs: limits?.readySilenceMs ?? defaults.readySilenceMs,
  readyTotalMs: limits?.readyTotalMs ?? defaults.readyTotalMs,
});
