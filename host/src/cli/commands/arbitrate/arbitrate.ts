import { type ErrorCode, errorTable } from '../../../error-table.ts';
import { HostError } from '../../../errors.ts';
import {
  type ClaimOptions,
  claimsTyped,
  refusedBy,
  type TypedClaims,
} from '../../claims-options.ts';
import type { Context } from '../../context.ts';
import type { ExitCode } from '../../exit-codes.ts';
import type { Claim, Leases } from '../../runtime.ts';
import { plain } from '../../terminal/plain.ts';
import { onMachine } from '../lease/acquire.ts';
import { leaseRoot, withDesk } from '../lease/place.ts';
import { fileText } from './file-text.ts';

export interface ArbitrateOptions extends ClaimOptions {
  /** A file, or `-`. */
  leases?: string;
  machine?: boolean;
  /** Boot clock of that file. */
  at?: number;
}

type Decision = Awaited<ReturnType<Awaited<ReturnType<Leases['openLeaseDesk']>>['decide']>>;

interface Request {
  holder: string;
  runId?: string;
  alternatives: Claim[][];
  isForced?: boolean;
  isRanked?: boolean;
}

/** Says what would be decided now, and ends with the verdict. Writes nothing. */
export async function arbitrate(
  context: Context,
  typed: TypedClaims,
  options: ArbitrateOptions,
): Promise<ExitCode> {
  if (options.at !== undefined && options.leases === undefined) {
    throw new HostError('USAGE', '--at needs --leases.', {
      hint: 'The ledgers are asked as they are now; a file can be asked about any moment.',
    });
  }
  const root = leaseRoot(context);
  const leases = await context.doors.leases();
  const { holder = someone, run, force, ranked } = options;
  const request: Request = {
    holder,
    alternatives: claimsTyped(onMachine(typed, options), options, root, leases),
    ...(run === undefined ? {} : { runId: run }),
    ...(force === true ? { isForced: true } : {}),
    ...(ranked === true ? { isRanked: true } : {}),
  };
  const { decision, nowMs } =
    options.leases === undefined
      ? await askLedgers(context, root, request, leases)
      : await askFile(context, root, request, leases, options.leases, options.at);
  const exit = exitOf(decision);
  // What makes no sense is no decision about anything.
  if (decision.kind === 'refused' && exit === 2) throw refusedBy(decision);
  if (context.json)
    context.printJson({ decision: decision.kind, exit, nowMs, ...document(decision) });
  else context.print(...leases.decisionLines(decision, nowMs).map(plain));
  return exit;
}

const nothing = { leases: [], waiters: [], capacity: null, latestMs: 0 };

/** Nobody holds anything under it, so that everybody is in its way. */
const someone = 'somebody who did not say who';

async function askLedgers(
  context: Context,
  root: string | null,
  request: Request,
  { bootNowMs, decideAgainst, isUntouched, rulesHere }: Leases,
): Promise<{ decision: Decision; nowMs: number }> {
  const place = { root, env: context.io.env };
  if (isUntouched(place, request.alternatives.flat())) {
    const { policy, capacity } = await rulesHere(place, request.alternatives.flat());
    const nowMs = bootNowMs();
    const decision = decideAgainst(nothing, request, policy, await capacity(), nowMs);
    return { decision, nowMs };
  }
  const decision = await withDesk(context, root, (desk) => desk.decide(request));
  return { decision, nowMs: bootNowMs() };
}

async function askFile(
  context: Context,
  root: string | null,
  request: Request,
  { bootNowMs, decideAgainst, readWorld, rulesHere }: Leases,
  file: string,
  atMs: number | undefined,
): Promise<{ decision: Decision; nowMs: number }> {
  const where = file === '-' ? 'What came on stdin' : file;
  const world = readWorld(await fileText(context, file), where, root);
  const here = await rulesHere({ root, env: context.io.env }, request.alternatives.flat());
  // A list that was written under this boot is asked about now, and any other about its own last moment.
  const nowMs = atMs ?? Math.max(world.latestMs, bootNowMs());
  const capacity = world.capacity ?? (await here.capacity());
  return { decision: decideAgainst(world, request, here.policy, capacity, nowMs), nowMs };
}

/** The verdict as a number: that of the code. */
function exitOf(decision: Decision): ExitCode {
  if (decision.kind === 'granted') return 0;
  return Object.hasOwn(errorTable, decision.code) ? errorTable[decision.code as ErrorCode].exit : 1;
}

/** The decision without the word that says which it is. */
function document({ kind: _, ...rest }: Decision): object {
  return rest;
}
