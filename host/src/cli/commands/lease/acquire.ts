import { HostError } from '../../../errors.ts';
import type { AcquireAnswer, LeaseRequest, LeaseView } from '../../../index.ts';
import { type ClaimOptions, claimsTyped, type TypedClaims } from '../../claims-typed.ts';
import type { Context } from '../../context.ts';
import type { ExitCode } from '../../exit-codes.ts';
import type { Leases as Doors } from '../../runtime.ts';
import { oneLine } from '../../terminal/plain.ts';
import { facts, holdsText, refusal, untilText } from './answers.ts';
import { leaseRoot, withLeases } from './place.ts';
import { readSecret, SecretFile } from './secret-files.ts';

export interface AcquireOptions extends ClaimOptions {
  pid?: number;
  parent?: string;
  parentSecretFile?: string;
  secretOut?: string;
  operator?: string;
  machine?: boolean;
}

type Granted = Extract<AcquireAnswer, { kind: 'granted' }>;

export async function acquire(
  context: Context,
  typed: TypedClaims,
  options: AcquireOptions,
): Promise<ExitCode> {
  mustBeWhole(options);
  const root = leaseRoot(context);
  const words = await context.doors.leases();
  const request = await requestOf(context, typed, options, root, words);
  const file = options.secretOut === undefined ? null : new SecretFile(context, options.secretOut);
  try {
    const answer = await ask(context, root, request, options.wait ?? 0);
    if (answer.kind !== 'granted') throw denied(answer, options.wait ?? 0);
    file?.write(answer.secret);
    tell(context, answer, file, words);
    return 0;
  } catch (error) {
    file?.abandon();
    throw error;
  }
}

/** What commander cannot know: which options need each other. */
function mustBeWhole({ holder, force, operator, parent, parentSecretFile }: AcquireOptions): void {
  if (holder === undefined) {
    throw new HostError('USAGE', "required option '--holder <name>' not specified", {
      hint: 'Say who asks, such as `--holder anna` or `--holder agent-7`: leases of one name are never in their own way.',
    });
  }
  if (force === true && operator === undefined) {
    throw new HostError('USAGE', '--force needs --operator.', {
      hint: 'Say who takes it on themselves: `--force --operator NAME`. It is kept with the lease.',
    });
  }
  if ((parent === undefined) !== (parentSecretFile === undefined)) {
    throw new HostError('USAGE', '--parent and --parent-secret-file belong together.', {
      hint: 'The secret of the parent says that it is yours: `--parent ID --parent-secret-file FILE`.',
    });
  }
}

async function requestOf(
  context: Context,
  typed: TypedClaims,
  options: AcquireOptions,
  root: string | null,
  words: Doors,
): Promise<LeaseRequest> {
  const {
    holder = '',
    pid,
    term,
    run,
    force,
    ranked,
    operator,
    parent,
    parentSecretFile,
  } = options;
  const alternatives = claimsTyped(onMachine(typed, options), options, root, words);
  const purpose = [options.for, force === true ? `forced by ${operator}` : undefined]
    .filter((part) => part !== undefined)
    .join('; ');
  return {
    holder,
    alternatives,
    ...(pid === undefined ? {} : { pid }),
    ...(term === undefined ? {} : { termMs: term }),
    ...(run === undefined ? {} : { runId: run }),
    ...(purpose === '' ? {} : { purpose }),
    ...(force === true ? { isForced: true } : {}),
    ...(ranked === true ? { isRanked: true } : {}),
    ...(parent === undefined || parentSecretFile === undefined
      ? {}
      : { parent: { id: parent, secret: await readSecret(context, parentSecretFile) } }),
  };
}

/** `--machine`: names that begin so are the same in every workspace. */
export function onMachine(
  { words }: TypedClaims,
  { machine }: Pick<AcquireOptions, 'machine'>,
): TypedClaims {
  if (machine !== true) return { words };
  return {
    words: words.map((word) =>
      word.kind === 'name' ? { kind: 'name', text: `machine/${word.text}` } : word,
    ),
  };
}

const ask = async (
  context: Context,
  root: string | null,
  request: LeaseRequest,
  waitMs: number,
): Promise<AcquireAnswer> =>
  waitMs > 0
    ? (await import('./in-line.ts')).askInLine(context, root, request, waitMs)
    : withLeases(context, root, (leases) => leases.acquire(request));

const denied = (answer: Exclude<AcquireAnswer, { kind: 'granted' }>, waitMs: number): HostError =>
  refusal(answer, waitMs > 0 && answer.kind === 'waiting' ? 'It was waited for.' : undefined);

function tell(
  context: Context,
  { kind: _, lease, secret, ...rest }: Granted,
  file: SecretFile | null,
  words: Doors,
): void {
  for (const one of rest.overlaps) {
    const who = `${oneLine(one.holder)} holds an overlapping part`;
    context.say(context.talkStyle.yellow(`note: ${who}, which is tolerated here.`));
  }
  if (context.json) {
    const kept = file === null ? { secret } : { secretFile: file.path };
    const { id, token, expiresAt } = lease;
    context.printJson({ id, token, ...kept, expiresAt, ...rest, lease });
    return;
  }
  context.print(
    ...grantedLines(lease, words),
    `secret   ${file === null ? secret : `in ${file.path}`}`,
  );
}

const grantedLines = (lease: LeaseView, { amountText }: Doors): string[] =>
  facts([
    ['lease', lease.id],
    ['token', String(lease.token)],
    ['holds', holdsText(lease.claims, amountText)],
    ['expires', untilText(lease)],
  ]);
