/** Why a figure misses its budget, and what is to be tried next. The page shows it; a miss without one ends it with 1. */
export interface Explanation {
  reason: string;
  next: string;
}

const hostAtRest: Explanation = {
  reason:
    'Node serving nothing holds 46 MB; the four threads of a host (its own, the writer of the journal, the ledgers of leases, ' +
    'diagnostics) have an isolate of 8 to 14 MB each, and the rest is code. It was 143 MB: young heaps, what V8’s compilers leave ' +
    'in malloc and Node’s own undici went.',
  next: 'End the ledgers’ thread while no worker is up (14 MB); ship the compiled package as one file, so that less is read.',
};
const afterWork: Explanation = {
  reason:
    'To what a host holds at rest come the compiled code and feedback of what ran, the HTTP server of its clients with all of ' +
    'undici (12 MB), and what glibc keeps of the memory in which V8 compiled. It does not grow with the jobs: ten times as many add 3 %.',
  next: 'Answer clients without the web’s Request and Response; end the ledgers’ thread while no worker is up.',
};
const nodeWorker: Explanation = {
  reason:
    'Node itself holds 46 MB once it serves HTTP, most of it pages of its program that all Node processes share; the bare server ' +
    'beside it, which imports `node:http` as everybody does, holds more than the worker. The SDK and a call add 7.',
  next: 'Load the SDK from a smaller file, and parse less of it before the first call.',
};
const oneJob: Explanation = {
  reason:
    'An accepted job is synced before its caller hears of it, and its end before anybody hears of that: two commits (about 0.6 ms ' +
    'here), where the floor has one fsync. Four hops between the thread that decides and the one that writes take 0.4 ms, the rows ' +
    '0.3 to 0.4, the call 0.4. The multiples of cjm-substrate were set when one of its jobs took 48 ms (10 at its kindest); ' +
    'its newest release keeps its clients and takes 7.',
  next:
    'Project start and end of a job at once when they share a commit (17 % of the writer’s time); hand the ended row to its waiter ' +
    'from the commit that ended it; extend the log ahead while it is new, since appending costs 0.2 ms more per fsync than writing over it.',
};
const burst: Explanation = {
  reason:
    'Two processors do 0.7 to 0.9 ms of work per job in the host’s two threads, and 0.1 in the worker: a fifth of the main ' +
    'thread is reading and parsing the worker’s HTTP, the rest is spread in parts of 1 to 5 %. The first thousand jobs also run ' +
    'half-compiled code: of 10,000 in a row it does 2,000 a second, and when all are handed over first 3,450.',
  next: 'A client of our own for the small calls, that reads an answer from the socket at once; facts of a job read once per commit.',
};
const burstAlone: Explanation = {
  reason:
    'The writer’s thread is the bottleneck: 11 to 12 pages of the log per commit, one for each index that a job touches.',
  next: 'Project start and end at once when they share a commit; fewer indexes over jobs that are over.',
};
const chain: Explanation = {
  reason:
    'Each node waits for the commit of the one before, and nothing overlaps: a commit, four hops between threads and a call for ' +
    'each. The floor, a round trip and an fsync for each node, takes 64 ms of the 80 that are asked.',
  next: 'The same as for one job: start and end of a node in one projection, and the log extended ahead.',
};
const records: Explanation = {
  reason:
    'Most of it is JSON in CPython’s own C and in V8: 165 ms of the worker’s time are reading and writing 10 MB, two thirds of ' +
    'the writing is the shortest spelling of floats; the host reads it, checks it against schemas and writes it again. The newest ' +
    'cjm-substrate has halved its own time.',
  next: 'Hand on the text of a value that a tool only passes on, without reading it; by reference to a file it takes 0.3 ms today.',
};
const accounts: Explanation = {
  reason:
    'Each account is a row of the journal with a hash of its own: the writer’s thread spends a third in inserts and a third in the commit.',
  next: 'Insert rows of one job without their columns that are all the same, as one blob per group with its own index.',
};

const leasePair: Explanation = {
  reason:
    'An act on a ledger writes one page, as the floor does; what is left is our JavaScript and SQLite running cold after every ' +
    'fsync (110 µs of a pair; 78 µs for all of it where nothing is synced), and a larger row: two hashes and twice JSON. It was ' +
    '1.7 times the floor when each act wrote a page of every table. That 100,000 events cost less than 1,000 is the noise of the disk.',
  next: 'A cheaper form of a row (7 µs), one look at the file less (5 µs), endings as one row when the tables follow (4 µs).',
};

/** By the id of the figure. One whose figure meets its budgets again is told to be stale. */
export const missed: { readonly [figure: string]: Explanation } = {
  'calls.records.10MB': records,
  'calls.accounts.host.node': accounts,
  'calls.accounts.host.python': accounts,
  'queue.one-job.node': oneJob,
  'queue.one-job.alone': oneJob,
  'queue.burst.8': burst,
  'queue.burst.8.alone': burstAlone,
  'graphs.chain.100': chain,
  'leases.pair.1000': leasePair,
  'leases.pair.10000': leasePair,
  'memory.host.idle': hostAtRest,
  'memory.host.jobs.10000': afterWork,
  'memory.host.jobs.100000': afterWork,
  'memory.host.history.100000': hostAtRest,
  'memory.worker.node.1': nodeWorker,
  'memory.worker.node.8': nodeWorker,
};
