import { contextFor } from '../../context.ts';
import type { ExitCode } from '../../exit-codes.ts';
import type { Io } from '../../io.ts';
import type { Doors } from '../../runtime.ts';
import { type QuickWords, quickWords } from './quick-words.ts';

/** Does what a lease command of a script asks for; null, before anything is done, for all that `quickWords` leaves. */
export async function quickly(
  argv: readonly string[],
  io: Io,
  doors: Doors,
): Promise<ExitCode | null> {
  const asked = quickWords(argv);
  if (asked === null) return null;
  try {
    return await act(asked, contextFor(io, asked.globals, doors));
  } catch (thrown) {
    const { report } = await import('../../main.ts');
    return report(thrown, [...argv], io);
  }
}

async function act(asked: QuickWords, context: ReturnType<typeof contextFor>): Promise<ExitCode> {
  switch (asked.command) {
    case 'acquire':
      return (await import('./acquire.ts')).acquire(context, asked, asked.options);
    case 'release':
      return (await import('./change.ts')).release(context, asked.id, asked.options);
    case 'renew':
      return (await import('./change.ts')).renew(context, asked.id, asked.options);
    case 'check':
      return (await import('./look.ts')).check(context, asked.id, asked.options);
    default:
      return asked satisfies never;
  }
}
