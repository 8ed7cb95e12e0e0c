import fc from 'fast-check';
import type { AdmissionPolicy, Measured, Need } from '../../../src/kernel/admission/index.ts';
import type { Lease } from '../../../src/kernel/leases/lease.ts';

export const gib = 2 ** 30;

export const policy: AdmissionPolicy = {
  margin: 1.25,
  unknownRamShare: 1 / 8,
  unknownVramShare: 1 / 2,
  guessWaitMs: 10_000,
  leastBytes: 64 * 2 ** 20,
};

export const headroom = { ram: 0.9, vram: 0.9 };

/** A machine with these GPUs; amounts in GiB. */
export function machine(
  { total = 64, available = 60 }: { total?: number; available?: number } = {},
  gpus: readonly { total: number; used: number }[] = [],
  trees: readonly (readonly [pid: number, ram: number, vram: readonly number[]])[] = [],
): Measured {
  return {
    snapshot: {
      cpu: { cores: 8 },
      memory: { total: total * gib, available: available * gib },
      disks: [],
      gpus: gpus.map((gpu, index) => ({
        index,
        total: gpu.total * gib,
        used: gpu.used * gib,
        isUnified: false,
        processes: [],
      })),
    },
    trees: new Map(
      trees.map(([pid, ram, vram]) => [
        pid,
        {
          rssBytes: ram * gib,
          vram: Object.fromEntries(vram.map((amount, index) => [index, amount * gib])),
        },
      ]),
    ),
  };
}

export const lease = (
  id: string,
  amounts: { [resource: string]: number },
  attributedPid: number | null = null,
): Lease => ({
  id,
  holder: { name: id, process: null },
  claims: Object.entries(amounts).map(([resource, amount]) => ({
    kind: 'quantity',
    resource,
    amount,
  })),
  token: 1,
  bootId: 'boot',
  acquiredMs: 0,
  renewedMs: 0,
  termMs: null,
  expiresMs: null,
  acquiredAt: '2026-01-01T00:00:00.000Z',
  purpose: null,
  parent: null,
  runId: null,
  secretHash: '',
  attributedPid,
  halt: null,
});

export const need = (more: Partial<Need> = {}): Need => ({
  measured: null,
  failed: null,
  declared: {},
  device: null,
  ...more,
});

const amount = fc.integer({ min: 0, max: 80 }).map((gibs) => gibs * gib);
const peaks = fc.record({
  rssBytes: amount,
  vramBytes: fc.option(amount, { nil: null }),
});

export const anyNeed: fc.Arbitrary<Need> = fc.record({
  measured: fc.option(peaks, { nil: null }),
  failed: fc.option(peaks, { nil: null }),
  declared: fc.dictionary(
    fc.constantFrom('ram', 'gpu/vram', 'gpu:1/vram', 'cpu'),
    fc.integer({ min: 1, max: 40 }).map((gibs) => gibs * gib),
    { maxKeys: 2 },
  ),
  device: fc.option(fc.integer({ min: 0, max: 2 }), { nil: null }),
});

export const anyMachine: fc.Arbitrary<Measured> = fc
  .record({
    available: fc.integer({ min: 0, max: 64 }),
    gpus: fc.array(
      fc
        .record({
          total: fc.constantFrom(8, 24, 80),
          share: fc.double({ min: 0, max: 1, noNaN: true }),
        })
        .map(({ total, share }) => ({ total, used: Math.floor(total * share) })),
      { maxLength: 3 },
    ),
    trees: fc.array(
      fc.tuple(
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 0, max: 20 }),
        fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 3, maxLength: 3 }),
      ),
      { maxLength: 4 },
    ),
  })
  .map(({ available, gpus, trees }) => machine({ available }, gpus, trees));

export const anyLeases: fc.Arbitrary<Lease[]> = fc
  .array(
    fc
      .tuple(
        fc.dictionary(
          fc.constantFrom('ram', 'gpu:0/vram', 'gpu:1/vram', 'gpu:2/vram'),
          fc.integer({ min: 1, max: 30 }).map((gibs) => gibs * gib),
        ),
        fc.option(fc.integer({ min: 1, max: 9 }), { nil: null }),
      )
      .map(([amounts, pid]) => ({ amounts, pid })),
    { maxLength: 5 },
  )
  .map((all) => all.map(({ amounts, pid }, index) => lease(`lse_${index}`, amounts, pid)));
