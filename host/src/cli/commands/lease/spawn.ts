import { HostError } from '../../../errors.ts';
import { type ClaimOptions, claimsTyped, type TypedClaims } from '../../claims-typed.ts';
import type { Context } from '../../context.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { leaseRoot, withLeases } from './place.ts';

export interface SpawnOptions extends ClaimOptions {
  ttl?: number;
  command?: string;
}

/** Makes it visible that somebody is about to be started, and what it will ask for. */
export async function spawn(
  context: Context,
  typed: TypedClaims,
  options: SpawnOptions,
): Promise<ExitCode> {
  const { holder, ttl, command, run } = options;
  if (holder === undefined) {
    throw new HostError('USAGE', "required option '--holder <name>' not specified", {
      hint: 'Say who is to be started, such as `--holder agent-7`.',
    });
  }
  const root = leaseRoot(context);
  const words = await context.doors.leases();
  const [claims = []] = typed.words.length === 0 ? [] : claimsTyped(typed, options, root, words);
  const spawned = await withLeases(context, root, (leases) =>
    leases.spawn({
      holder,
      claims,
      ...(options.for === undefined ? {} : { purpose: options.for }),
      ...(run === undefined ? {} : { runId: run }),
      ...(ttl === undefined ? {} : { ttlMs: ttl }),
      ...(command === undefined ? {} : { command }),
    }),
  );
  if (context.json) context.printJson({ spawn: spawned });
  else {
    context.print(spawned.id);
    context.say('It holds nothing yet: the lease is what it acquires when it has started.');
  }
  return 0;
}
