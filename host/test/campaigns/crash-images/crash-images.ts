import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { recover } from '../../../src/stores/writer/operations/recover.ts';
import { type Campaign, shareOf } from '../campaign.ts';
import { QuickVerify } from '../judge/verify.ts';
import { Random } from '../random.ts';
import { Report } from '../report.ts';
import { examineFiles, examineImage, type Recovery } from './images.ts';
import { type Committed, Scribe } from './scribe.ts';
import { cuts } from './torn.ts';

const sizes = { small: 20_000, full: 1_000_000 };
const commitsOfAHistory = 16;
/** Of so many histories one is also torn: its log is cut within every commit. */
const tornOf = { small: 40, full: 120 };

export const crashImages: Campaign = {
  name: 'crash-images',
  about:
    'Takes an image of the database after every commit, and of torn ones between, and recovers each twice.',
  promises: {
    'crash safe':
      'Every image opens, holds all that was committed, and its tables are the replay of its journal.',
    idempotent: 'A second recovery leaves every row as the first one made it.',
  },
  shards: 2,
  async run(assignment) {
    const { seed, size, report, shard } = assignment;
    const random = new Random(seed + shard * 1_009);
    const total = shareOf(sizes[size], assignment);
    const verify = new QuickVerify();
    const folder = inMemory(assignment.folder);
    for (let n = 0; report.counted('images') < total; n++) {
      const isTorn = n % tornOf[size] === 0;
      history({
        folder: join(folder, `history-${n}`),
        seed: random.seed(),
        report,
        verify,
        isTorn,
      });
      report.progress(report.counted('images'), total);
      // oxlint-disable-next-line no-await-in-loop -- lets a signal through
      if (n % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    if (shard === 0) controls(folder, random, report, verify);
    verify.close();
    rmSync(folder, { recursive: true, force: true });
  },
};

interface History {
  folder: string;
  seed: number;
  report: Report;
  verify: QuickVerify;
  isTorn: boolean;
  recovery?: Recovery;
}

/** A disk that needs no fsync makes images as fast as they can be examined. */
function inMemory(folder: string): string {
  if (!existsSync('/dev/shm')) return folder;
  return mkdtempSync('/dev/shm/capstan-images-');
}

function history({ folder, seed, report, verify, isTorn, recovery }: History): void {
  mkdirSync(folder, { recursive: true });
  const scribe = new Scribe(folder, seed);
  const accuse = (why: string): void => {
    const promise = why.includes('second recovery') ? 'idempotent' : 'crash safe';
    report.violation(promise, why, seed);
  };
  let before: Committed | undefined;
  let walBefore = 0;
  try {
    for (let n = 0; n < commitsOfAHistory; n++) {
      const committed = scribe.commit();
      const aside = join(folder, 'torn');
      report.count('images');
      for (const why of examineImage(committed, scribe.nowMs, verify, recovery)) accuse(why);
      if (isTorn) {
        const files = scribe.onDisk();
        for (const length of cuts(files.wal.length, walBefore, seed + n)) {
          const isWhole = length === files.wal.length;
          const atLeast = isWhole ? committed : before;
          if (atLeast === undefined) continue;
          report.count('images');
          report.count('torn images');
          const torn = { db: files.db, wal: files.wal.subarray(0, length) };
          const expected = { atLeast, atMost: committed };
          const about = { folder: aside, nowMs: scribe.nowMs, verify };
          for (const why of examineFiles(torn, expected, about))
            accuse(`torn at ${length}: ${why}`);
        }
        walBefore = files.wal.length;
      }
      before = committed;
    }
  } catch (error) {
    accuse(error instanceof Error ? (error.stack ?? error.message) : String(error));
  } finally {
    scribe.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Recoveries that must not pass: one that does more each time, and one whose tables drift from the journal. */
const broken: { readonly [name: string]: Recovery } = {
  'a recovery that does more each time': (tx) => {
    recover(tx);
    tx.emit({ eventType: 'host_started', payload: {} });
  },
  'a table that drifts from the journal': (tx) => {
    recover(tx);
    tx.db.run(`UPDATE jobs SET state = 'pending' WHERE state = 'completed'`);
  },
};

function controls(folder: string, random: Random, report: Report, verify: QuickVerify): void {
  for (const [name, recovery] of Object.entries(broken)) {
    const found = new Report();
    for (let n = 0; n < 5 && found.violations.length === 0; n++) {
      history({
        folder: join(folder, `control-${n}`),
        seed: random.seed(),
        report: found,
        verify,
        isTorn: false,
        recovery,
      });
    }
    const [first] = found.violations;
    report.control(name, first !== undefined, first?.message ?? 'nothing found');
  }
}
