import { setTimeout as delay } from 'node:timers/promises';
import type { Context } from '../../context.ts';
import { eventDocument } from '../../event-document.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { type Client, isLost, openClient } from '../../host-client/index.ts';
import { inspect, requireKnown } from '../../inspect.ts';
import type { HostEvent, JournalFilter } from '../../runtime.ts';
import { requireWorkspace } from '../../workspace.ts';
import { pagesOf, requireReached } from '../journal/rows.ts';
import { textOf } from './text.ts';

export interface EventsOptions {
  after?: number;
  job?: string;
  run?: string;
  live: boolean;
}

/** From the host that is up, live; from the journal, where none is, and behind where one ended. */
export async function events(context: Context, options: EventsOptions): Promise<ExitCode> {
  await inspect(context, (view) => requireKnown(view, options));
  const root = requireWorkspace(context);
  const found = await openClient(root);
  const told = new Told(context, options);
  if (found.kind === 'found') {
    const ended = await follow(context, found.client, told, options);
    if (ended === 'left') return 0;
    await untilGone(found.client.pid);
    context.say(`The host (process ${found.client.pid}) has ended.`);
  } else if (told.cursor === undefined) {
    context.say('No host is up, so nothing happens. `capstan events --after 0` tells what has.');
    return 0;
  }
  // What an ending host recorded last is in the journal, though nobody told it any more.
  await inspect(context, async (view) => {
    requireReached(view, told.cursor);
    for (const page of pagesOf(view, filterOf(told.cursor ?? 0, options))) {
      // oxlint-disable-next-line no-await-in-loop -- a page after the other, as they are taken
      for (const row of page) await told.tell(view.eventOf(row));
      if (context.io.stdout.closed.aborted) return;
    }
  });
  return 0;
}

const mostMs = 2_000;

/** A host that ends writes its last word when it tells nothing any more. */
async function untilGone(pid: number): Promise<void> {
  const deadline = performance.now() + mostMs;
  // oxlint-disable-next-line no-await-in-loop -- nobody tells when another process ends
  while (isAlive(pid) && performance.now() < deadline) await delay(20);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Prints events at the pace of whoever reads them, and knows how far they came. */
class Told {
  cursor: number | undefined;
  readonly #context: Context;

  constructor(context: Context, { after, job, run }: EventsOptions) {
    this.#context = context;
    this.cursor = after ?? (job === undefined && run === undefined ? undefined : 0);
  }

  async tell(event: HostEvent): Promise<void> {
    const { io, json, print } = this.#context;
    if ('seq' in event) this.cursor = event.seq;
    print(json ? JSON.stringify(eventDocument(event)) : textOf(event, this.#context));
    await io.stdout.ready();
  }
}

/** `left`: nobody wants to hear more. `lost`: there is nobody who tells more. */
async function follow(
  { io }: Context,
  client: Client,
  told: Told,
  { job, run, live }: EventsOptions,
): Promise<'left' | 'lost'> {
  const leaving = new AbortController();
  const leave = (): void => leaving.abort();
  const releases = [io.onSignal('SIGINT', leave), io.onSignal('SIGTERM', leave)];
  io.stdout.closed.addEventListener('abort', leave, { once: true });
  if (io.stdout.closed.aborted) leave();
  // The end of the journal now is where a host that ends is gone on from, even if it told nothing.
  const from = told.cursor ?? (await client.host.lastSeq());
  told.cursor = from;
  const options = {
    afterSeq: from,
    ...(job === undefined ? {} : { jobId: job }),
    ...(run === undefined ? {} : { runId: run }),
    live,
    signal: leaving.signal,
  };
  try {
    for await (const event of client.host.events(options)) await told.tell(event);
  } catch (error) {
    if (!isLost(error)) throw error;
  } finally {
    for (const release of releases) release();
    client.close();
  }
  return leaving.signal.aborted ? 'left' : 'lost';
}

const filterOf = (afterSeq: number, { job, run }: EventsOptions): JournalFilter => ({
  afterSeq,
  ...(job === undefined ? {} : { jobId: job }),
  ...(run === undefined ? {} : { runId: run }),
});
