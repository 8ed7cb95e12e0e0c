/**
 * Places where a test can make the host die, stall or fail. Each name is a moment at which the promise of
 * durability is at stake; the campaigns kill a real host at every one of them.
 *
 * `CAPSTAN_FAIL_POINTS=name:action[@n],…` arms them: `kill` ends the process as SIGKILL does, `fail` throws,
 * `delay=<ms>` stands still; `@n` waits for the n-th time (every time, without it). Sources only: the build
 * puts an empty function in the place of this file, so that no installed Capstan can be told to die.
 */
export const failPoints = [
  // the writer's thread
  'migrate.before-commit',
  'writer.before-commit',
  'writer.after-commit',
  'recover.before-commit',
  'payload.before-rename',
  'payload.after-rename',
  'reserve.before-release',
  // the host's main thread
  'submit.before-answer',
  'dispatch.before-start',
  'attempt.before-execute',
  'attempt.after-execute',
  'attempt.after-finish',
  'cancel.before-force',
  'artifact.before-rename',
  'artifact.after-rename',
  'worker.after-spawn',
  'worker.after-ready',
  'recover.after-sweep',
] as const;

export type FailPoint = (typeof failPoints)[number];

interface Armed {
  action: string;
  /** The time it acts; 0 for every time. */
  at: number;
  seen: number;
}

const armed = arm(process.env['CAPSTAN_FAIL_POINTS'] ?? '');

/** Does nothing unless this very point is armed. */
export function failPoint(name: FailPoint): void {
  if (armed === null) return;
  const point = armed.get(name);
  if (point === undefined) return;
  point.seen += 1;
  if (point.at !== 0 && point.seen !== point.at) return;
  const [action, value] = point.action.split('=');
  if (action === 'fail') throw new Error(`fail point ${name}`);
  if (action === 'kill') process.kill(process.pid, 'SIGKILL');
  // A killed process may go on for a moment: nothing may happen in it any more.
  standStill(action === 'kill' ? Number.POSITIVE_INFINITY : Number(value ?? 0));
}

function standStill(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

function arm(text: string): Map<string, Armed> | null {
  if (text === '') return null;
  const points = new Map<string, Armed>();
  for (const each of text.split(',')) {
    const [, name = '', action = '', at = '0'] =
      /^([\w.-]+):(kill|fail|delay=\d+)(?:@(\d+))?$/.exec(each) ?? [];
    if (!(failPoints as readonly string[]).includes(name)) {
      throw new Error(`CAPSTAN_FAIL_POINTS: ${each} arms no known fail point`);
    }
    points.set(name, { action, at: Number(at), seen: 0 });
  }
  return points;
}
