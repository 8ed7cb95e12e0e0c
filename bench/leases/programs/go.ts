/** Says that it is ready, waits for the word, and does as many as it can in so many seconds. */
export async function asManyAsPossible(
  seconds: number,
  pair: () => void | Promise<void>,
): Promise<void> {
  process.stdout.write('ready\n');
  for await (const _ of process.stdin) break;
  const cpu = process.cpuUsage();
  const until = performance.now() + seconds * 1_000;
  let pairs = 0;
  let busy = 0;
  while (performance.now() < until) {
    try {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await pair();
      pairs += 1;
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'LEDGER_BUSY') throw error;
      busy += 1;
    }
  }
  const { user, system } = process.cpuUsage(cpu);
  process.stdout.write(JSON.stringify({ pairs, busy, cpuMicros: (user + system) / pairs }));
}
