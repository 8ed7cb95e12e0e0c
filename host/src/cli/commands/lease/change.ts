import { HostError } from '../../../errors.ts';
import type { Authority, DeskChanged } from '../../../index.ts';
import type { Context } from '../../context.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { oneLine } from '../../terminal/plain.ts';
import { refusal, untilText } from './answers.ts';
import { leaseRoot, withLeases } from './place.ts';
import { readSecret, SecretFile } from './secret-files.ts';

export interface AuthorityOptions {
  secretFile?: string;
  operator?: string;
}

/** The secret, or the word of an operator, which is kept. Throws USAGE where there is neither. */
async function authorityOf(
  context: Context,
  { secretFile, operator }: AuthorityOptions,
): Promise<Authority> {
  if (secretFile !== undefined && operator !== undefined) {
    throw new HostError('USAGE', 'Give --secret-file or --operator, not both.');
  }
  if (operator !== undefined) return { operator };
  if (secretFile !== undefined) return { secret: await readSecret(context, secretFile) };
  throw new HostError('USAGE', 'The secret of the lease is needed: --secret-file <file>.', {
    hint: 'It was told once, by `capstan lease acquire`. An operator can act without it: `--operator NAME`.',
  });
}

export async function release(
  context: Context,
  id: string,
  options: AuthorityOptions,
): Promise<ExitCode> {
  const authority = await authorityOf(context, options);
  const answer = await withLeases(context, leaseRoot(context), (leases) =>
    leases.release(id, authority),
  );
  return tellChange(context, answer, (lease) => `${lease.id} is released.`);
}

export interface RenewOptions extends AuthorityOptions {
  term?: number;
  floor?: number;
}

export async function renew(
  context: Context,
  id: string,
  { term, floor, ...options }: RenewOptions,
): Promise<ExitCode> {
  const authority = await authorityOf(context, options);
  const wanted = {
    ...(term === undefined ? {} : { termMs: term }),
    ...(floor === undefined ? {} : { floorMs: floor }),
  };
  const answer = await withLeases(context, leaseRoot(context), (leases) =>
    leases.renew(id, authority, wanted),
  );
  return tellChange(context, answer, (lease) =>
    answer.kind === 'coalesced'
      ? `${lease.id} was renewed just before: ${untilText(lease)}.`
      : `${lease.id} is renewed: ${untilText(lease)}.`,
  );
}

export interface AdoptOptions extends AuthorityOptions {
  holder: string;
  pid?: number;
  secretOut?: string;
}

/** The former secret opens nothing any more, so the new one is told at once. */
export async function adopt(
  context: Context,
  id: string,
  { holder, pid, secretOut, ...options }: AdoptOptions,
): Promise<ExitCode> {
  const authority = await authorityOf(context, options);
  const wanted = {
    holder,
    ...(pid === undefined ? {} : { pid }),
  };
  const file = secretOut === undefined ? null : new SecretFile(context, secretOut);
  try {
    const answer = await withLeases(context, leaseRoot(context), (leases) =>
      leases.adopt(id, authority, wanted),
    );
    if (answer.kind === 'refused') throw refusal(answer);
    const { lease, secret } = answer;
    file?.write(secret);
    if (context.json) {
      const kept = file === null ? { secret } : { secretFile: file.path };
      const { token, expiresAt } = lease;
      context.printJson({ id: lease.id, token, ...kept, expiresAt, lease });
    } else {
      context.print(
        `${lease.id} is now ${oneLine(holder)}'s: ${untilText(lease)}.`,
        `token    ${lease.token}`,
        `secret   ${file === null ? secret : `in ${file.path}`}`,
      );
    }
    return 0;
  } catch (error) {
    file?.abandon();
    throw error;
  }
}

export interface HaltOptions {
  reason: string;
  by?: string;
}

/** Says that somebody wants it stopped, and how that could be done; does nothing to anybody. */
export async function halt(
  context: Context,
  id: string,
  { reason, by }: HaltOptions,
): Promise<ExitCode> {
  const who = by ?? context.io.env['USER'] ?? 'somebody';
  const answer = await withLeases(context, leaseRoot(context), (leases) =>
    leases.halt(id, { reason, by: who }),
  );
  if (answer.kind === 'refused') throw refusal(answer);
  const { lease } = answer;
  const { process } = lease.holder;
  const command =
    process === null
      ? `capstan lease release ${lease.id} --operator ${JSON.stringify(who)}`
      : `kill ${process.pid}`;
  if (context.json) context.printJson({ kind: answer.kind, command, lease });
  else {
    context.print(command);
    context.say(
      `It is noted that ${lease.id} is to stop; ${oneLine(lease.holder.name)} sees that when it checks or renews.`,
      process === null
        ? 'Nobody was signalled. The command above takes the lease away from it.'
        : 'Nobody was signalled. The command above ends its process, and the lease with it.',
    );
  }
  return 0;
}

function tellChange(
  context: Context,
  answer: DeskChanged,
  said: (lease: Exclude<DeskChanged, { kind: 'refused' }>['lease']) => string,
): ExitCode {
  if (answer.kind === 'refused') throw refusal(answer);
  if (context.json) context.printJson({ kind: answer.kind, lease: answer.lease });
  else context.print(said(answer.lease));
  return 0;
}
