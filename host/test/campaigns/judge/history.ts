import type { Sqlite } from '../../../src/stores/sqlite.ts';

interface Life {
  state: 'pending' | 'running' | 'needs_decision' | 'over';
  attempt: number;
  isUnsafe: boolean;
  cancelRequested: boolean;
  /** An unsafe attempt was cut off, and nobody has said since that it shall be repeated. */
  isInDoubt: boolean;
}

interface Told {
  seq: number;
  event_type: string;
  job_id: string | null;
  run_id: string | null;
  payload: string;
}

/**
 * Reads the journal as a story and says where it cannot be true: a job that starts without having been
 * submitted, runs twice at once, ends twice, or does something after its end. Knows the words of the
 * journal and nothing of the code that writes them.
 */
export function implausibilities(db: Sqlite): string[] {
  const lives = new Map<string, Life>();
  const runs = new Map<string, boolean>();
  const found: string[] = [];
  const rows = db.each<Told>(
    `SELECT seq, event_type, job_id, run_id, CASE WHEN event_type IN
       ('job_submitted', 'job_started', 'job_interrupted', 'job_finished', 'job_decided')
       THEN payload ELSE '{}' END AS payload FROM journal ORDER BY seq`,
  );
  for (const row of rows) {
    const why = row.event_type.startsWith('run_') ? tellRun(runs, row) : tellJob(lives, row);
    if (why !== null) found.push(`journal row ${row.seq}: ${why}`);
  }
  return found;
}

function tellRun(runs: Map<string, boolean>, { event_type, run_id }: Told): string | null {
  const id = run_id ?? '';
  if (event_type === 'run_submitted') {
    if (runs.has(id)) return `${id} is submitted twice`;
    runs.set(id, true);
  } else if (event_type === 'run_finished') {
    if (runs.get(id) !== true) return `${id} ends without being open`;
    runs.set(id, false);
  }
  return null;
}

function tellJob(lives: Map<string, Life>, row: Told): string | null {
  const { event_type: type, job_id: jobId } = row;
  if (jobId === null || !type.startsWith('job_')) return null;
  const payload = JSON.parse(row.payload) as { [member: string]: unknown };
  const life = lives.get(jobId);
  if (type === 'job_submitted') {
    if (life !== undefined) return `${jobId} is submitted twice`;
    lives.set(jobId, born(payload['effects'] === 'unsafe'));
    return null;
  }
  if (life === undefined) return `${jobId}: ${type} before it was submitted`;
  if (life.state === 'over') return `${jobId}: ${type} after its end`;
  return goOn(life, type, payload, jobId);
}

const born = (isUnsafe: boolean): Life => ({
  state: 'pending',
  attempt: 0,
  isUnsafe,
  cancelRequested: false,
  isInDoubt: false,
});

function goOn(
  life: Life,
  type: string,
  payload: { [member: string]: unknown },
  jobId: string,
): string | null {
  switch (type) {
    case 'job_started': {
      const why = cannotStart(life, Number(payload['attempt']));
      life.state = 'running';
      life.attempt = Number(payload['attempt']);
      return why === null ? null : `${jobId} starts ${why}`;
    }
    case 'job_interrupted': {
      if (life.state !== 'running') return `${jobId} is interrupted while ${life.state}`;
      life.state = payload['next'] === 'needs_decision' ? 'needs_decision' : 'pending';
      life.isInDoubt = life.isUnsafe;
      return null;
    }
    case 'job_retrying': {
      if (life.state !== 'running') return `${jobId} is to be retried while ${life.state}`;
      life.state = 'pending';
      return null;
    }
    case 'job_decided': {
      if (life.state !== 'needs_decision') return `${jobId} is decided while ${life.state}`;
      life.state = 'pending';
      life.isInDoubt = false;
      return null;
    }
    case 'job_cancel_requested':
      life.cancelRequested = true;
      return null;
    case 'job_finished': {
      const { state } = payload;
      if (state === 'completed' && life.state !== 'running') {
        return `${jobId} is completed while ${life.state}`;
      }
      if (state === 'completed' && life.cancelRequested) {
        return `${jobId} is completed although it was cancelled`;
      }
      life.state = 'over';
      return null;
    }
    default:
      return null;
  }
}

function cannotStart(life: Life, attempt: number): string | null {
  if (life.state !== 'pending') return `while ${life.state}`;
  if (attempt !== life.attempt + 1) return `attempt ${attempt} after attempt ${life.attempt}`;
  if (life.isInDoubt) return 'again, although it is unsafe and was cut off';
  return null;
}
