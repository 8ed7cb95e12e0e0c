import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Monitor } from '../../src/resources/index.ts';
import { checkSnapshot } from './sources.ts';

/** On a machine with a real device: what is told of it, held against what its own tool says in another form. */
const skip = whyNot();
const mib = 1024 ** 2;

function whyNot(): string | false {
  try {
    const listed = execFileSync('nvidia-smi', ['-L'], { timeout: 20_000, encoding: 'utf8' });
    return /^GPU \d+:/m.test(listed) ? false : `nvidia-smi lists no device: ${listed.trim()}`;
  } catch (error) {
    return `no working nvidia-smi here: ${error instanceof Error ? error.message : String(error)}`;
  }
}

test('real devices are told with the totals that nvidia-smi shows people', { skip }, async (t) => {
  const monitor = new Monitor({ env: process.env });
  t.after(() => monitor.close());
  const snapshot = await monitor.snapshot(0);
  checkSnapshot(snapshot);
  const shown = execFileSync('nvidia-smi', ['-q', '-d', 'MEMORY'], { encoding: 'utf8' });
  const totals = Array.from(
    shown.matchAll(/FB Memory Usage\s+Total\s*: (\d+) MiB/g),
    ([, amount]) => Number(amount) * mib,
  );
  const own = snapshot.gpus.filter(({ vendor }) => vendor === 'nvidia');
  assert.deepEqual(
    own.filter(({ isUnified }) => !isUnified).map(({ total }) => total),
    totals,
  );
  for (const { used, total } of own) assert.ok(used <= total);
});

/** Holds 1 GiB of the first device by the driver's own library, which needs nothing to be installed. */
const holds = `
import ctypes, sys, time
cuda = ctypes.CDLL("libcuda.so.1")
def check(code):
    if code: sys.exit("cuda error %d" % code)
check(cuda.cuInit(0))
device, context, pointer = ctypes.c_int(), ctypes.c_void_p(), ctypes.c_uint64()
check(cuda.cuDeviceGet(ctypes.byref(device), 0))
check(cuda.cuCtxCreate_v2(ctypes.byref(context), 0, device))
check(cuda.cuMemAlloc_v2(ctypes.byref(pointer), ctypes.c_size_t(1 << 30)))
print("held", flush=True)
time.sleep(120)
`;

test('memory that a real process holds is in use, and its own where the driver tells', {
  skip,
}, async (t) => {
  const monitor = new Monitor({ env: process.env });
  t.after(() => monitor.close());
  const before = (await monitor.snapshot(0)).gpus;
  const environment = { ...process.env, CUDA_DEVICE_ORDER: 'PCI_BUS_ID' };
  const child = spawn('python3', ['-c', holds], {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.after(() => child.kill('SIGKILL'));
  let said = '';
  child.stderr.on('data', (chunk) => (said += String(chunk)));
  const began = await Promise.race([
    once(child.stdout, 'data').then(() => true),
    once(child, 'close').then(() => false),
  ]);
  if (!began) {
    t.skip(`no memory of the device could be taken: ${said.trim()}`);
    return;
  }
  const pid = child.pid ?? 0;
  const { snapshot, trees } = await monitor.measure([pid], 0);
  const [gpu] = snapshot.gpus;
  const more = (gpu?.used ?? 0) - (before[0]?.used ?? 0);
  t.diagnostic(
    `${gpu?.name}: ${Math.round(more / mib)} MiB more in use; processes ${JSON.stringify(gpu?.processes)}`,
  );
  assert.ok(more >= 1024 * mib, `${more / mib} MiB more are in use`);
  const vram = trees.get(pid)?.vram ?? null;
  if (gpu?.processes === null) assert.equal(vram, null, 'in this container it cannot be told');
  else assert.ok((vram?.[0] ?? 0) >= 1024 * mib, JSON.stringify(vram));

  child.kill('SIGKILL');
  await once(child, 'close');
  for (let left = 50; left > 0; left -= 1) {
    // oxlint-disable-next-line no-await-in-loop -- until the driver has taken it back
    const after = (await monitor.snapshot(0)).gpus[0]?.used ?? 0;
    if (after < (before[0]?.used ?? 0) + 512 * mib) return;
    // oxlint-disable-next-line no-await-in-loop
    await delay(200);
  }
  assert.fail('what a dead process held is still told as used');
});
