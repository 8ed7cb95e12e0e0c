/** A job that needs so much of one device for so long. */
export interface Piece {
  amount: number;
  ms: number;
}

interface Running {
  amount: number;
  device: number;
  endMs: number;
}

/**
 * Whether all pieces can be done on so many equal devices in less than `ms`: by trying every order in which they can
 * begin. At each moment at which something ends, any choice of what waits; a branch that cannot be done in time is cut
 * off. Exact, but for the number of steps: a schedule that was not found by then is taken for none.
 */
export function canBeDoneWithin(
  ms: number,
  pieces: readonly Piece[],
  devices: number,
  capacity: number,
): boolean {
  const order = pieces.toSorted((a, b) => b.amount * b.ms - a.amount * a.ms);
  const seen = new Set<string>();
  let steps = 0;
  /** Of those that begin at one moment, the order does not matter: each has a higher index than the one before. */
  const visit = (
    nowMs: number,
    waiting: readonly Piece[],
    running: readonly Running[],
    from: number,
  ): boolean => {
    steps += 1;
    if (steps > mostSteps || !mayStillDo(ms, nowMs, waiting, running, devices, capacity))
      return false;
    if (waiting.length === 0) return true;
    const key = keyOf(nowMs, waiting, running, devices, from);
    if (seen.has(key)) return false;
    seen.add(key);
    for (let index = from; index < waiting.length; index++) {
      const piece = waiting[index] as Piece;
      const tried = new Set<string>();
      for (let device = 0; device < devices; device++) {
        const on = running.filter((each) => each.device === device);
        const used = on.reduce((sum, { amount }) => sum + amount, 0);
        const name = on.map(({ amount, endMs }) => `${amount}:${endMs}`).join();
        // Two devices that hold the same are the same.
        if (tried.has(name) || used + piece.amount > capacity) continue;
        tried.add(name);
        const begun = { amount: piece.amount, device, endMs: nowMs + piece.ms };
        if (visit(nowMs, waiting.toSpliced(index, 1), [...running, begun], index)) return true;
      }
    }
    if (running.length === 0) return false;
    const nextMs = Math.min(...running.map(({ endMs }) => endMs));
    const left = running.filter(({ endMs }) => endMs > nextMs);
    return visit(nextMs, waiting, left, 0);
  };
  return visit(0, order, [], 0);
}

const mostSteps = 400_000;

/** What is left to be held has to fit into the time that is left, and so has each piece. */
function mayStillDo(
  ms: number,
  nowMs: number,
  waiting: readonly Piece[],
  running: readonly Running[],
  devices: number,
  capacity: number,
): boolean {
  let area = 0;
  for (const piece of waiting) {
    if (nowMs + piece.ms >= ms) return false;
    area += piece.amount * piece.ms;
  }
  for (const { amount, endMs } of running) {
    if (endMs >= ms) return false;
    area += amount * (endMs - nowMs);
  }
  return area < (ms - nowMs) * devices * capacity;
}

function keyOf(
  nowMs: number,
  waiting: readonly Piece[],
  running: readonly Running[],
  devices: number,
  from: number,
): string {
  const held = Array.from({ length: devices }, (_, device) =>
    running
      .filter((each) => each.device === device)
      .map(({ amount, endMs }) => `${amount}:${endMs}`)
      .toSorted()
      .join(),
  );
  const left = waiting.map(({ amount, ms }) => `${amount}:${ms}`).join();
  return `${nowMs}|${from}|${left}|${held.toSorted().join('|')}`;
}
