import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Campaign } from '../campaign.ts';
import { HostProcess } from '../hosts/host-process.ts';
import { fillDisk, mayMount, withSmallDisk } from '../hosts/small-disk.ts';
import { inTime, judgeWork, workOrders } from '../io-errors/work.ts';
import { keptPromises } from '../judge/judge.ts';
import { Ledger } from '../judge/ledger.ts';
import { Random } from '../random.ts';
import { Report } from '../report.ts';

const sizes = { small: 6, full: 250 };
const diskMiB = 12;
const jobs = 40;
const reserveBytes = 2 ** 20;

export const fullDisk: Campaign = {
  name: 'full-disk',
  about: 'Fills the disk of a host at a random moment of its work, and makes room again.',
  promises: {
    ...keptPromises,
    'errors are told':
      'On a full disk nothing is acknowledged that is not written; what runs keeps its result, and all goes on by itself.',
  },
  shards: 1,
  impossible: () =>
    mayMount() ? null : 'no file system can be mounted here, so no disk can be made small',
  async run({ seed, size, folder, report }) {
    const random = new Random(seed);
    for (let n = 0; n < sizes[size]; n++) {
      // oxlint-disable-next-line no-await-in-loop -- one disk after the other
      await attempt({ folder: join(folder, `disk-${n}`), seed: random.seed(), report });
      report.progress(n + 1, sizes[size]);
    }
    if (report.counted('disks that were told to be full') === 0) {
      report.violation('errors are told', 'no disk was ever full');
    }
    const found = new Report();
    const preload = join(import.meta.dirname, '../broken/ignores-failed-commits.ts');
    for (let n = 0; n < 8 && found.violations.length === 0; n++) {
      const into = join(folder, `control-${n}`);
      // oxlint-disable-next-line no-await-in-loop -- the next only if this one got away
      await attempt({ folder: into, seed: random.seed(), report: found, preload });
    }
    const [first] = found.violations;
    report.control(
      'a host that ignores a failed commit',
      first !== undefined,
      first?.message ?? 'nothing',
    );
  },
};

interface Attempt {
  folder: string;
  seed: number;
  report: Report;
  preload?: string;
}

async function attempt({ folder, seed, report, preload }: Attempt): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const effectsLog = join(folder, 'effects.log');
  await withSmallDisk(join(folder, 'disk'), diskMiB, async (disk) => {
    const random = new Random(seed);
    const root = join(disk, 'workspace');
    mkdirSync(root);
    const ledger = new Ledger();
    const orders = workOrders(root, effectsLog, seed);
    const withReserve = random.chance(0.5) ? { reserveBytes } : {};
    Object.assign(orders, { requests: jobs, settings: { ...orders.settings, ...withReserve } });
    const broken = preload === undefined ? {} : { preload };
    const host = new HostProcess('../io-errors/workload', orders, ledger, broken);
    const filler = join(disk, 'filler');
    const fillAfter = random.below(jobs);
    let isFull = false;
    // A host that takes a failure for none never says that its disk is full; it is given room all the same.
    const makeRoom = (ms: number) => setTimeout(() => rmSync(filler, { force: true }), ms);
    host.onWord = ([word]) => {
      if (word === 'ack' && !isFull && ledger.acknowledged.size > fillAfter) {
        fillDisk(filler);
        isFull = true;
        makeRoom(2_000);
      } else if (word === 'wedged') {
        report.count('disks that were told to be full');
        makeRoom(random.below(300));
      }
    };
    const ended = await inTime(host, report, `seed ${seed}`);
    report.count('disks filled');
    report.count('acknowledged', ended.acknowledged);
    for (const code of ended.refused) report.count(`refused with ${code}`);
    rmSync(filler, { force: true });
    await judgeWork({ root, effectsLog, ledger, ended, report, where: `seed ${seed}` });
  });
  rmSync(folder, { recursive: true, force: true });
}
