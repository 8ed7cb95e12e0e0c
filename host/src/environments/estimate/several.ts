/** Applies `work` to all, a few at a time, in their order. */
export async function several<T, R>(
  all: readonly T[],
  atOnce: number,
  work: (one: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const entries = all.entries();
  const lane = async () => {
    for (const [index, one] of entries) {
      // oxlint-disable-next-line no-await-in-loop -- a lane does one after another
      results[index] = await work(one, index);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  return results;
}
