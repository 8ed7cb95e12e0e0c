import { mkdirSync, rmSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { Clock } from '../../../src/clock.ts';
import { HostError } from '../../../src/errors.ts';
import { workspacePaths } from '../../../src/paths.ts';
import { Queue } from '../../../src/queue/index.ts';
import { StateStore } from '../../../src/stores/index.ts';
import { Random } from '../random.ts';
import type { Report } from '../report.ts';

const hourMs = 3_600_000;
const delayed = 12;
/** Timers may be a little early; a machine that is busy with other campaigns may be late. */
const earlyMs = 5;
const lateMs = 2_500;
const stallMs = 8_000;

interface Jumps {
  folder: string;
  seed: number;
  report: Report;
  /** The control: durations are taken from the wall clock too. */
  followsTheWall?: boolean;
}

/** A queue whose wall clock jumps by hours every few milliseconds, and once more between two hosts. */
export async function jumps({
  folder,
  seed,
  report,
  followsTheWall = false,
}: Jumps): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const random = new Random(seed);
  const wall = new JumpingClock(followsTheWall);
  const accuse = (message: string): void => report.violation('time passes', message, seed);
  const world: World = { starts: new Map(), expected: new Map(), reopenedMs: 0, accuse, report };
  const first = await open(folder, wall, world);
  const jumping = setInterval(() => {
    wall.offsetMs = (random.below(25) - 12) * hourMs;
    report.count('jumps');
  }, 15);
  await submit(first, random, world);
  await pause(random.below(80));
  await first.close();
  world.reopenedMs = performance.now();
  wall.offsetMs = (random.below(25) - 12) * hourMs;
  const second = await open(folder, wall, world);
  if (!(await second.isIdleWithin(stallMs))) accuse(`work did not end within ${stallMs} ms`);
  clearInterval(jumping);
  judge(world, second);
  const { problems } = await second.store.reader.verifyJournal();
  for (const { message } of problems) report.violation('true journal', message, seed);
  await second.close();
  rmSync(folder, { recursive: true, force: true });
}

interface World {
  /** When each job was executed, by the true clock. */
  starts: Map<string, number[]>;
  /** When it was accepted, and the pauses it was to have: its delay, then those between attempts. */
  expected: Map<string, { acceptedMs: number; delayMs: number; attempts: number; pauseMs: number }>;
  /** When the second host was opened, who knows only from the wall how long something has waited. */
  reopenedMs: number;
  accuse: (message: string) => void;
  report: Report;
}

class JumpingClock implements Clock {
  offsetMs = 0;
  readonly #followsTheWall: boolean;

  constructor(followsTheWall: boolean) {
    this.#followsTheWall = followsTheWall;
  }

  nowMs(): number {
    return Date.now() + this.offsetMs;
  }

  monotonicMs(): number {
    return this.#followsTheWall ? this.nowMs() : performance.now();
  }
}

async function open(root: string, clock: Clock, { starts }: World) {
  const store = await StateStore.open({ paths: workspacePaths(root), clock });
  const queue = new Queue({
    store,
    clock,
    lanes: 16,
    slotsOf: () => 16,
    executor: (job) => {
      const times = starts.get(job.jobId) ?? [];
      times.push(performance.now());
      starts.set(job.jobId, times);
      if (job.input['fails'] !== true) {
        return Promise.resolve({ kind: 'completed', result: null, artifacts: [] });
      }
      const error = new HostError('WORKER_LOST', 'again', { retriable: true });
      const wire = { ...error.toWire(new Date().toISOString()), code: 'FLAKY' };
      return Promise.resolve({ kind: 'failed', error: wire });
    },
  });
  await queue.recover();
  queue.start();
  return {
    store,
    queue,
    isIdleWithin: (ms: number): Promise<boolean> =>
      Promise.race([queue.idle().then(() => true), pause(ms, false, { ref: false })]),
    close: async (): Promise<void> => {
      await queue.stop(0);
      await store.close();
    },
  };
}

async function submit({ queue }: Opened, random: Random, { expected }: World): Promise<void> {
  for (let n = 0; n < delayed; n++) {
    const delayMs = random.below(250);
    const fails = random.chance(0.4);
    const acceptedMs = performance.now();
    // oxlint-disable-next-line no-await-in-loop -- each at another time of the wall
    const { jobId } = await queue.submit({
      capability: 'tool',
      action: 'do',
      input: { n, fails },
      effects: 'pure',
      ...(delayMs === 0 ? {} : { delayMs }),
      ...(fails ? { retry: { attempts: 3, backoffMs: 40, factor: 1, jitter: 0 } } : {}),
    });
    expected.set(jobId, { acceptedMs, delayMs, attempts: fails ? 3 : 1, pauseMs: 40 });
  }
}

type Opened = Awaited<ReturnType<typeof open>>;

function judge(world: World, { store }: Opened): void {
  const { starts, expected, accuse, report } = world;
  for (const [jobId, { acceptedMs, delayMs, attempts, pauseMs }] of expected) {
    const times = starts.get(jobId) ?? [];
    const state = store.reader.job(jobId)?.state;
    const wanted = attempts === 1 ? 'completed' : 'failed';
    if (state !== wanted) accuse(`${jobId} is ${state} and not ${wanted}`);
    report.count('delays and pauses measured', times.length);
    for (const [n, beganMs] of times.entries()) {
      const sinceMs = times[n - 1] ?? acceptedMs;
      const dueMs = sinceMs + (n === 0 ? delayMs : pauseMs);
      report.figure('started later than due, ms', Math.max(0, beganMs - dueMs));
      judgeStart(`${jobId}, attempt ${n + 1},`, beganMs, dueMs, world);
    }
    // One that was cut off by the end of the first host is not counted against its policy.
    if (times.length > attempts + 1) accuse(`${jobId} was executed ${times.length} times`);
  }
}

/** After a restart something may start early, for all that is known is the wall clock; late it is never. */
function judgeStart(what: string, beganMs: number, dueMs: number, world: World): void {
  const lateByMs = Math.round(beganMs - dueMs);
  if (lateByMs > lateMs) world.accuse(`${what} began ${lateByMs} ms after it was due`);
  const isOfFirst = beganMs < world.reopenedMs;
  if (isOfFirst && lateByMs < -earlyMs) world.accuse(`${what} began ${-lateByMs} ms too early`);
}
