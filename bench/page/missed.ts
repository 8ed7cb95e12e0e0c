/** Why a figure misses its budget, and what is to be tried next. The page shows it; a miss without one ends it with 1. */
export interface Explanation {
  reason: string;
  next: string;
}

const afterWork: Explanation = {
  reason:
    'An idle host is at the budget. After work come the compiled code and feedback of what ran, the HTTP server of its clients ' +
    'with all of undici (12 MB), and what glibc keeps of the memory in which V8 compiled.',
  next: 'Answer clients without the web’s Request and Response; end the ledger’s thread (14 MB) while no worker is up.',
};
const nodeWorker: Explanation = {
  reason:
    'Node itself holds 46 MB once it serves HTTP, of which 37 are pages of its program that all Node processes share: ' +
    'the proportional share of a worker is below 20 MB. The SDK and a call add 6.5.',
  next: 'Load the SDK from a smaller file, and parse less of it before the first call.',
};

/** By the id of the figure. One whose figure meets its budgets again is told to be stale. */
export const missed: { readonly [figure: string]: Explanation } = {
  'memory.host.jobs.10000': afterWork,
  'memory.host.jobs.100000': afterWork,
  'memory.worker.node.1': nodeWorker,
  'memory.worker.node.8': nodeWorker,
};
