import { tracebackPolicies, type TracebackPolicy } from '@capstan/protocol';
import { HostError } from '../errors.ts';

/** What `CAPSTAN_TRACEBACKS` says of all capabilities, over what `capstan.yaml` says; undefined where it is not set. */
export function tracebacksIn(env: {
  readonly [name: string]: string | undefined;
}): TracebackPolicy | undefined {
  const word = env['CAPSTAN_TRACEBACKS'];
  if (word === undefined || word === '') return undefined;
  const policy = tracebackPolicies.find((known) => known === word);
  if (policy !== undefined) return policy;
  throw new HostError(
    'USAGE',
    `The environment variable CAPSTAN_TRACEBACKS is ${JSON.stringify(word)}.`,
    { hint: `Set it to one of ${tracebackPolicies.join(', ')}, or not at all.` },
  );
}
