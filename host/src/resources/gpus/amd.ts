import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GpuProcess, GpuSnapshot } from '../snapshot.ts';
import { answerOf, onPath } from '../program.ts';
import { type AmdAnswer, type AmdDevice, numberIn, parseRocm } from './rocm-text.ts';
import { type GpuReading, nothing } from './source.ts';

/**
 * AMD's devices, asked of `rocm-smi`.
 *
 * It tells which process holds how much memory, but only over all devices together. With several devices the kernel is
 * asked for each one's share (`/sys/class/kfd/kfd/proc/<pid>/vram_<device>`).
 */
export interface AmdPlace {
  env: NodeJS.ProcessEnv;
  limitMs: number;
  signal: AbortSignal;
  isAlive: (pid: number) => boolean;
  isInContainer: boolean;
  /** `/`, or a folder with a copy of `sys`. */
  root: string;
}

const query = [
  '--showproductname',
  '--showid',
  '--showuse',
  '--showmeminfo',
  'vram',
  '--showpids',
  '--json',
];

export async function amdGpus(place: AmdPlace): Promise<GpuReading> {
  const program = await onPath('rocm-smi', place.env);
  if (program === null) return withoutProgram(place.root);
  const answer = await answerOf(program, query, place.env, place.limitMs, place.signal);
  if (answer.kind === 'failed') return { gpus: [], problems: [`rocm-smi ${answer.reason}`] };
  const told = parseRocm(answer.stdout);
  if (told === null) {
    const words = `${answer.stderr}\n${answer.stdout}`.trim().split('\n')[0]?.trim();
    const what = words === undefined || words === '' ? `ended with code ${answer.code}` : words;
    return { gpus: [], problems: [`rocm-smi: ${what}`] };
  }
  const problems: string[] = [];
  const gpus = told.devices.flatMap((device): GpuSnapshot[] => {
    const { index, name, total, used, busyPercent } = device;
    if (total === null || used === null) {
      problems.push(`rocm-smi does not tell the memory of device ${index}; it is left out`);
      return [];
    }
    const processes = heldOf(device, told, place);
    return [{ index, name, vendor: 'amd', total, used, busyPercent, isUnified: false, processes }];
  });
  return { gpus, problems };
}

function withoutProgram(root: string): GpuReading {
  if (!existsSync(join(root, 'sys/class/kfd')) || !hasComputeDevice(root)) return nothing;
  const elsewhere = '/opt/rocm/bin/rocm-smi';
  const fix = existsSync(elsewhere)
    ? `add the folder of ${elsewhere} to the PATH`
    : 'install the package rocm-smi (rocm-smi-lib)';
  return {
    gpus: [],
    problems: [`an AMD device is here, but rocm-smi is not on the PATH: ${fix}`],
  };
}

/** The kernel's list holds processors too; those have no SIMD units. */
function hasComputeDevice(root: string): boolean {
  const nodes = join(root, 'sys/class/kfd/kfd/topology/nodes');
  return entriesOf(nodes).some((node) =>
    /^simd_count [1-9]/m.test(textOf(join(nodes, node, 'properties'))),
  );
}

function heldOf(
  device: AmdDevice,
  { devices, processes }: AmdAnswer,
  { root, isAlive, isInContainer }: AmdPlace,
): GpuProcess[] | null {
  if (isInContainer && (device.used ?? 0) > 0 && !processes.some(({ pid }) => isAlive(pid))) {
    return null;
  }
  const held: GpuProcess[] = [];
  for (const { pid, bytes, command } of processes) {
    const share = devices.length === 1 || bytes === 0 ? bytes : shareOf(pid, device, root);
    if (share === null) return null;
    // The kernel lists whoever has only opened the device, `rocm-smi` itself too.
    if (share > 0) held.push({ pid, bytes: share, command });
  }
  return held;
}

function shareOf(pid: number, { kernelId }: AmdDevice, root: string): number | null {
  if (kernelId === null) return null;
  const folder = join(root, 'sys/class/kfd/kfd/proc', String(pid));
  const text = textOf(join(folder, `vram_${kernelId}`)).trim();
  if (text === '') return existsSync(folder) ? 0 : null;
  return numberIn(text);
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}
