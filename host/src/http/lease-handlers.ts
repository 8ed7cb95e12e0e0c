import type { AcquireAnswer, Leases, Waits } from '../index.ts';
import { eventLines } from './event-lines.ts';
import { authorityForm, authorityIn, leaseRequest, spawnForm } from './lease-forms.ts';
import type { Handler } from './handlers.ts';
import { number, oneOf, optional, read, text, wholeNumber } from './read.ts';

/** What a line that waits says; the last one is the answer. */
export type LeaseLine = { type: 'waiting'; why: Waits } | { type: 'answer'; answer: AcquireAnswer };

const whichLedger = oneOf('workspace', 'machine');

/** Leases, asked of a host: the answers are the desk's own, refusals included. */
export const leaseHandlers = {
  leases: async (_, { host }) => ({ ...(await host.leases.list()) }),

  acquireLease: async ({ body, signal }, { host }) => {
    const { waitMs = 0, ...request } = body;
    const asked = leaseRequest(request);
    const waitsMs = number(waitMs, 'waitMs');
    if (waitsMs <= 0) {
      const answer = await host.leases.acquire(asked);
      if (signal.aborted) await giveBack(answer, host.leases);
      return { answer };
    }
    const ending = new AbortController();
    const lines = waitingLines(
      host.leases,
      (onWaiting) =>
        host.leases.acquire(asked, {
          waitMs: waitsMs,
          signal: AbortSignal.any([signal, ending.signal]),
          onWaiting,
        }),
      () => signal.aborted || ending.signal.aborted,
    );
    return new Response(
      eventLines(lines, () => ending.abort()),
      { headers: { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' } },
    );
  },

  releaseLease: async ({ param, body }, { host }) => ({
    answer: await host.leases.release(param, authorityIn(read(body, authorityForm))),
  }),

  renewLease: async ({ param, body }, { host }) => {
    const form = { ...authorityForm, termMs: optional(number), floorMs: optional(number) };
    const { termMs, floorMs, ...authority } = read(body, form);
    const options = {
      ...(termMs === undefined ? {} : { termMs }),
      ...(floorMs === undefined ? {} : { floorMs }),
    };
    return { answer: await host.leases.renew(param, authorityIn(authority), options) };
  },

  adoptLease: async ({ param, body }, { host }) => {
    const form = { ...authorityForm, holder: text, pid: optional(number) };
    const { secret, operator, ...options } = read(body, form);
    const authority = authorityIn({
      ...(secret === undefined ? {} : { secret }),
      ...(operator === undefined ? {} : { operator }),
    });
    return { answer: await host.leases.adopt(param, authority, options) };
  },

  haltLease: async ({ param, body }, { host }) => ({
    answer: await host.leases.halt(param, read(body, { reason: text, by: text })),
  }),

  spawnLease: async ({ body }, { host }) => ({
    spawn: await host.leases.spawn(read(body, spawnForm)),
  }),

  checkLease: async ({ param, body }, { host }) => {
    const form = { secret: optional(text), token: optional(number), path: optional(text) };
    return { answer: await host.leases.check(param, read(body, form)) };
  },

  leaseLog: async ({ query }, { host }) => {
    const fromSeq = wholeNumber(query['from'], 'from');
    const limit = wholeNumber(query['limit'], 'limit');
    const ledger = query['ledger'];
    const events = await host.leases.log({
      ...(fromSeq === undefined ? {} : { fromSeq }),
      ...(limit === undefined ? {} : { limit }),
      ...(ledger === undefined ? {} : { ledger: whichLedger(ledger, 'ledger') }),
    });
    return { events };
  },

  compactLeases: async ({ body }, { host }) => {
    read(body, {});
    return { ledgers: await host.leases.compact() };
  },

  verifyLeases: async (_, { host }) => ({ ledgers: await host.leases.verify() }),
} as const satisfies { readonly [name: string]: Handler };

/** Why it waits, as often as that changes, and at last what came of it. */
async function* waitingLines(
  leases: Leases,
  work: (onWaiting: (why: Waits) => void) => Promise<AcquireAnswer>,
  isLeft: () => boolean,
): AsyncGenerator<LeaseLine> {
  let latest: Waits | null = null;
  let isOver = false;
  let news = Promise.withResolvers<void>();
  const answer = work((why) => {
    latest = why;
    news.resolve();
  }).finally(() => {
    isOver = true;
    news.resolve();
  });
  answer.catch(() => {}); // it is awaited at the end
  // Not left to whoever reads: one that has gone away reads no more, and would hold what it never heard of.
  void answer.then((given) => (isLeft() ? giveBack(given, leases) : undefined)).catch(() => {});
  for (;;) {
    // oxlint-disable-next-line no-await-in-loop -- one piece of news after the other
    await news.promise;
    if (isOver) break;
    news = Promise.withResolvers();
    const why: Waits | null = latest;
    latest = null;
    if (why !== null) yield { type: 'waiting', why };
  }
  yield { type: 'answer', answer: await answer };
}

/** Nobody has heard the secret: nobody could release it. */
async function giveBack(answer: AcquireAnswer, leases: Leases): Promise<void> {
  if (answer.kind !== 'granted') return;
  await leases.release(answer.lease.id, { secret: answer.secret });
}
