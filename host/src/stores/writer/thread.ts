import {
  type MessagePort,
  parentPort,
  receiveMessageOnPort,
  workerData,
} from 'node:worker_threads';
import { defaults } from '../../defaults.ts';
import { HostError, invariant } from '../../errors.ts';
import { tidyAtRest } from '../../tidy.ts';
import type { Binder } from '../specs.ts';
import {
  type FromWriter,
  type Request,
  sendable,
  type ToWriter,
  type WriterOptions,
} from './messages.ts';
import { Writer } from './writer.ts';

/** The writer's thread: takes what has arrived, commits it as one, answers, and looks again. */

const mostPerCommit = 256;
/** How often the file is looked at without being asked, and how old `state.head` may be. */
const lookMs = 2_000;

async function main(port: MessagePort, options: WriterOptions): Promise<void> {
  const tell = (message: FromWriter): void => port.postMessage(message);
  let writer: Writer;
  try {
    const onWarning = (message: string): void => tell({ kind: 'warning', message });
    writer = new Writer(options, await loadBinder(options.binder), onWarning);
  } catch (error) {
    tell({ kind: 'refused', error: sendable(error) });
    return;
  }
  const looking = setInterval(() => {
    const broken = writer.watch();
    if (broken !== null) tell(broken);
    writer.recordHead();
  }, lookMs);
  port.on('message', tidyAtRest());
  port.on('message', (first: ToWriter) => {
    const requests: Request[] = [];
    const flush = (): void => {
      if (requests.length > 0) tell(writer.perform(requests.splice(0)));
    };
    for (let next: ToWriter | undefined = first; next !== undefined; next = receive(port)) {
      switch (next.kind) {
        case 'requests':
          requests.push(...next.requests);
          if (requests.length >= mostPerCommit) flush();
          break;
        case 'check': {
          flush();
          const { cause, ...checked } = writer.check(next.nowMs);
          tell({ kind: 'checked', cause: cause === null ? null : sendable(cause), ...checked });
          break;
        }
        case 'close':
          flush();
          clearInterval(looking);
          writer.close();
          tell({ kind: 'closed' });
          port.close();
          return;
      }
    }
    flush();
  });
  tell({ kind: 'open' });
  setTimeout(() => writer.prepare(), defaults.reserveDelayMs).unref();
}

const receive = (port: MessagePort): ToWriter | undefined => receiveMessageOnPort(port)?.message;

async function loadBinder(url: string | null): Promise<Binder['bind']> {
  if (url === null) return withoutBinder;
  const loaded = (await import(url)) as Partial<Binder>;
  invariant(typeof loaded.bind === 'function', `${url} exports bind`);
  return loaded.bind;
}

const withoutBinder: Binder['bind'] = (template) => {
  if (!JSON.stringify(template).includes('${{')) return template;
  throw new HostError('REFERENCE_UNRESOLVED', 'this store was opened without a binder');
};

invariant(parentPort !== null, 'the writer runs in a worker thread');
await main(parentPort, workerData as WriterOptions);
