import type { Json } from '@capstan/protocol';

/** JSON pointers (RFC 6901): `/parts/0/a~1b`. */
export const stepInto = (pointer: string, step: string | number): string =>
  `${pointer}/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`;

/** Puts a value where a pointer says, in a place that is there. */
export function putAt(whole: Json, pointer: string, value: Json): void {
  const steps = pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
  const last = steps.pop() ?? '';
  let holder = whole as { [step: string]: Json };
  for (const step of steps) holder = holder[step] as { [step: string]: Json };
  holder[last] = value;
}
