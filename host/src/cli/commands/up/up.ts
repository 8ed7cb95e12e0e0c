import { tidyAtRest } from '../../../tidy.ts';
import type { Context } from '../../context.ts';
import { eventDocument } from '../../event-document.ts';
import type { ExitCode } from '../../exit-codes.ts';
import type { Host } from '../../runtime.ts';
import { openServedHost, type ServedHost } from '../../served-host.ts';
import { duration } from '../../terminal/quantities.ts';
import { passphraseForHost } from '../../unlocking.ts';
import { requireWorkspace } from '../../workspace.ts';
import { Account } from './account.ts';
import { alreadyUp } from './already.ts';
import { Ending } from './ending.ts';
import { sayWedges } from './wedge.ts';

export interface UpOptions {
  grace?: number;
}

/** Is the host of the workspace until somebody ends it. */
export async function up(context: Context, { grace = 10_000 }: UpOptions): Promise<ExitCode> {
  const root = requireWorkspace(context);
  const ending = new Ending(context.io, grace);
  try {
    const served = await ending.unlessForced(open(context, root, ending));
    return await ending.unlessForced(stay(context, served, ending));
  } finally {
    ending.release();
  }
}

async function open(context: Context, root: string, ending: Ending): Promise<ServedHost> {
  const runtime = await context.doors.runtime();
  const account = new Account(context);
  const { secretsPassphrase, isLocked } = await passphraseForHost(context, root);
  const served = await openServedHost(runtime, {
    root,
    env: context.io.env,
    mode: 'resident',
    waitsForUnlock: true,
    ...(secretsPassphrase === undefined ? {} : { secretsPassphrase }),
    onShutdown: (graceMs) => ending.ask('`capstan down`', graceMs),
    ...(context.json ? {} : { onEvent: (event) => account.tell(event) }),
  }).catch(async (error: unknown) => {
    throw await alreadyUp(error, root);
  });
  context.say(...greeting(context, served));
  if (isLocked) {
    context.say(
      context.talkStyle.yellow(
        '  The secrets are locked: what needs them waits. `capstan secret unlock` unlocks them.',
      ),
    );
  }
  return served;
}

async function stay(context: Context, served: ServedHost, ending: Ending): Promise<ExitCode> {
  const { host, control } = served;
  const stopSaying = sayWedges(context, host);
  host.subscribe(tidyAtRest());
  const telling = context.json ? tellAll(context, host) : Promise.resolve();
  const { graceMs, because } = await ending.asked;
  control.stopListening();
  const { inUse } = host.stats().lanes;
  context.say(
    inUse === 0
      ? `Ending: ${because}.`
      : `Ending: ${because}. ${jobs(inUse)} may go on for ${duration(graceMs)}; a second signal waits for nothing.`,
  );
  await served.close({ graceMs });
  stopSaying();
  await telling;
  context.say('Ended. What was accepted is kept, and goes on with the next host.');
  return 0;
}

/** What an earlier host left, where clients find this one, and how it is ended. */
function greeting({ talkStyle }: Context, { host, control }: ServedHost): string[] {
  const { interrupted, needsDecision, runs, pending } = host.recovered;
  const found = [
    ...(runs.length === 0 ? [] : [`${count(runs.length, 'run')} to go on with`]),
    ...(pending === 0 ? [] : [`${jobs(pending)} in line`]),
    ...(interrupted.length === 0 ? [] : [`${jobs(interrupted.length)} cut off by the last host`]),
    ...(needsDecision.length === 0
      ? []
      : [
          `${jobs(needsDecision.length)} waiting for a decision (\`capstan jobs --state needs_decision\`)`,
        ]),
  ];
  return [
    `Up as process ${process.pid} in ${host.root}.`,
    talkStyle.dim(`  listens on ${control.socket}`),
    talkStyle.dim(`  found ${found.length === 0 ? 'nothing unfinished' : found.join(', ')}`),
    talkStyle.dim('  Ctrl-C or `capstan down` ends it'),
  ];
}

const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;
const jobs = (n: number): string => count(n, 'job');

/** At the pace of whoever reads stdout; a slow reader slows nothing else. */
async function tellAll({ io }: Context, host: Host): Promise<void> {
  for await (const event of host.events({ live: true })) {
    io.stdout.write(`${JSON.stringify(eventDocument(event))}\n`);
    await io.stdout.ready();
  }
}
