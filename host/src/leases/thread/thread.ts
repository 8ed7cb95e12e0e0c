import {
  type MessagePort,
  parentPort,
  receiveMessageOnPort,
  workerData,
} from 'node:worker_threads';
import { invariant } from '../../errors.ts';
import { sendable } from '../../stores/writer/messages.ts';
import { tidyAtRest } from '../../tidy.ts';
import { Ledger } from '../ledger.ts';
import { Listeners } from '../listeners.ts';
import { stage } from '../operations/guard-file.ts';
import type { OperationName } from '../operations/index.ts';
import type { CheckOptions, GuardedFile, LedgerRequest } from '../request.ts';
import type { LogOptions } from '../service.ts';
import {
  type Asked,
  type FromThread,
  looks,
  type Told,
  type ThreadOptions,
  type ToThread,
} from './messages.ts';

/** A ledger's thread: takes what has arrived, does all that changes something in one transaction, and answers. */

/** Fewer than the tokens that are set aside for one transaction. */
const mostPerCommit = 128;
/** Between two steps of what is not urgent. */
const restMs = 20;

function main(port: MessagePort, { path, options }: ThreadOptions): void {
  const tell = (message: FromThread): void => port.postMessage(message);
  let ledger: Ledger;
  try {
    // What is not urgent is done here when nothing else is to be done.
    ledger = Ledger.open(path, { ...options, isMaintained: false });
    ledger.version();
  } catch (error) {
    tell({ kind: 'refused', error: sendable(error) });
    return;
  }
  const listeners = new Listeners(() => ledger.version());
  let stopWatching: (() => void) | null = null;
  let resting: NodeJS.Timeout | undefined;
  const maintainLater = (): void => {
    resting ??= setTimeout(() => {
      resting = undefined;
      try {
        if (ledger.maintain()) maintainLater();
      } catch {
        // Whoever asks next is told what is wrong.
      }
    }, restMs).unref();
  };
  port.on('message', tidyAtRest());
  port.on('message', (first: ToThread) => {
    const asked: Asked[] = [];
    for (let next: ToThread | undefined = first; next !== undefined; next = receive(port)) {
      if (next.kind === 'asked') asked.push(...next.these);
      if (next.kind === 'watch') {
        stopWatching?.();
        stopWatching = next.isOn ? listeners.add(() => tell({ kind: 'changed' })) : null;
      }
      if (next.kind === 'close') {
        if (asked.length > 0) tell(answer(ledger, asked));
        stopWatching?.();
        clearTimeout(resting);
        ledger.close();
        tell({ kind: 'closed' });
        port.close();
        return;
      }
    }
    for (let at = 0; at < asked.length; at += mostPerCommit) {
      tell(answer(ledger, asked.slice(at, at + mostPerCommit)));
    }
    if (asked.length > 0) maintainLater();
  });
  tell({ kind: 'open' });
}

const isLook = ({ name }: Asked): boolean => (looks as readonly string[]).includes(name);

function answer(ledger: Ledger, asked: readonly Asked[]): FromThread {
  const these: Told[] = [];
  const changes = asked.filter((one) => !isLook(one));
  these.push(...change(ledger, changes));
  for (const { id, name, args } of asked.filter(isLook)) {
    these.push(attempt(id, () => look(ledger, name as (typeof looks)[number], args)));
  }
  return { kind: 'told', these, hasChanged: changes.length > 0 };
}

function change(ledger: Ledger, asked: readonly Asked[]): Told[] {
  const told: Told[] = [];
  const ready: Asked[] = [];
  for (const one of asked) {
    const staged = one.name === 'guardFile' ? attempt(one.id, () => staging(ledger, one)) : null;
    if (staged === null) ready.push(one);
    else if ('value' in staged && Array.isArray(staged.value))
      ready.push({ ...one, args: staged.value });
    else told.push(staged);
  }
  if (ready.length === 0) return told;
  try {
    const operations = ready.map(({ name, args, startedMs }) => ({
      name: name as OperationName,
      args,
      startedMs,
    }));
    for (const [at, outcome] of ledger.perform(operations).entries()) {
      const id = ready[at]?.id ?? -1;
      told.push('error' in outcome ? { id, error: sendable(outcome.error) } : { id, ...outcome });
    }
  } catch (error) {
    for (const { id } of ready) told.push({ id, error: sendable(error) });
  }
  return told;
}

/** The arguments of the operation, with the content on disk; or why it would be refused anyway. */
function staging(ledger: Ledger, { args }: Asked): unknown {
  const [id, secret, file] = args as [string, string, GuardedFile];
  const token = file.token === undefined ? {} : { token: file.token };
  const now = ledger.check(id, { secret, path: file.path, isWrite: true, ...token });
  return now.kind === 'refused' ? now : [id, secret, { ...stage(file), ...token }];
}

function look(ledger: Ledger, name: (typeof looks)[number], args: readonly unknown[]): unknown {
  const [first, second] = args;
  switch (name) {
    case 'peek':
      return ledger.peek(first as LedgerRequest);
    case 'check':
      return ledger.check(first as string, second as CheckOptions);
    case 'state':
      return ledger.state();
    case 'log':
      return ledger.log(first as LogOptions);
    case 'compact':
      return ledger.compact();
    case 'verify':
      return ledger.verify();
  }
}

function attempt(id: number, act: () => unknown): Told {
  try {
    return { id, value: act() };
  } catch (error) {
    return { id, error: sendable(error) };
  }
}

const receive = (port: MessagePort): ToThread | undefined => receiveMessageOnPort(port)?.message;

invariant(parentPort !== null, "a ledger's thread is one");
main(parentPort, workerData as ThreadOptions);
