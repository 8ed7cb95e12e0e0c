import type { Context } from './context.ts';

const pollMs = 250;

/**
 * Reads further pages until nobody wants more: Ctrl-C, SIGTERM, or a closed pipe. `page` prints what is new
 * since the last call; while one is under way no other begins. Looking again costs one indexed query, and
 * works across processes and restarts.
 */
export async function followPages(
  { io }: Context,
  page: () => Promise<void> | void,
): Promise<void> {
  const { promise: ended, resolve: end, reject: fail } = Promise.withResolvers<void>();
  let isBusy = false;
  const look = async (): Promise<void> => {
    if (isBusy) return;
    isBusy = true;
    try {
      await page();
    } catch (error) {
      fail(error);
    } finally {
      isBusy = false;
    }
  };
  const releases = [
    io.onSignal('SIGINT', end),
    io.onSignal('SIGTERM', end),
    io.every(pollMs, () => void look()),
  ];
  io.stdout.closed.addEventListener('abort', () => end(), { once: true });
  try {
    if (!io.stdout.closed.aborted) await ended;
  } finally {
    for (const release of releases) release();
  }
}
