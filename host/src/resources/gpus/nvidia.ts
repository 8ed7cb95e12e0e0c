import { existsSync } from 'node:fs';
import type { GpuProcess, GpuSnapshot } from '../snapshot.ts';
import { type Answer, answerOf, onPath } from '../program.ts';
import {
  linesOf,
  type NvidiaDevice,
  type NvidiaProcess,
  parseDevices,
  parseProcesses,
  parseSlices,
} from './nvidia-text.ts';
import { type GpuReading, nothing } from './source.ts';

/**
 * NVIDIA's devices, asked of `nvidia-smi`.
 *
 * Two questions: what the devices have, and which compute processes hold how much of it. What is not told there (a
 * display server, the driver's own share) is in `used` all the same and belongs to nobody we know. A device
 * that is cut into MIG slices is told as the whole it is; who holds memory of a slice holds memory of the device.
 */
export interface NvidiaPlace {
  env: NodeJS.ProcessEnv;
  limitMs: number;
  signal: AbortSignal;
  /** The machine's own memory, which is that of a device that has none of its own (GB10, Jetson). */
  memory: { total: number; available: number };
  /** Whether a process is there; a driver outside of our container tells numbers that mean nothing here. */
  isAlive: (pid: number) => boolean;
  /** Whether processes have other numbers here than for the driver. */
  isInContainer: boolean;
}

const format = '--format=csv,noheader,nounits';
const deviceQuery = [
  '--query-gpu=index,uuid,name,memory.total,memory.used,utilization.gpu',
  format,
];
const processQuery = ['--query-compute-apps=gpu_uuid,pid,used_memory,process_name', format];

export async function nvidiaGpus(place: NvidiaPlace): Promise<GpuReading> {
  const program = await onPath('nvidia-smi', place.env);
  if (program === null) return withoutProgram();
  const ask = (args: readonly string[]): Promise<Answer> =>
    answerOf(program, args, place.env, place.limitMs, place.signal);
  const [devices, processes] = await Promise.all([ask(deviceQuery), ask(processQuery)]);
  if (devices.kind === 'failed') return { gpus: [], problems: [`nvidia-smi ${devices.reason}`] };
  const found = parseDevices(devices.stdout);
  const problems = problemsOf(devices, found.unread);
  if (found.devices.length === 0) return { gpus: [], problems };
  const told = processesOf(processes);
  // Slices have names of their own; to which device they belong is asked only where there are some.
  const names = new Set(found.devices.map(({ uuid }) => uuid));
  const hasSlices = told.rows?.some(({ uuid }) => !names.has(uuid)) === true;
  const owners = hasSlices ? ownersOfSlices(await ask(['-L'])) : new Map<string, string>();
  const rows =
    told.rows?.map((row) => ({ ...row, uuid: owners.get(row.uuid) ?? row.uuid })) ?? null;
  const read = found.devices.map((device) => snapshotOf(device, rows, place));
  return {
    gpus: read.flatMap(({ gpu }) => gpu ?? []),
    problems: [...problems, ...told.problems, ...read.flatMap(({ problem }) => problem ?? [])],
  };
}

/** A device without the program is worth a word; a machine without a device is not. */
function withoutProgram(): GpuReading {
  if (!existsSync('/proc/driver/nvidia/gpus') && !existsSync('/dev/nvidia0')) return nothing;
  const elsewhere = ['/usr/bin/nvidia-smi', '/usr/lib/wsl/lib/nvidia-smi'].find(existsSync);
  const fix =
    elsewhere === undefined
      ? 'install it (it comes with the driver; in a container, start that with the driver capability "utility")'
      : `add the folder of ${elsewhere} to the PATH`;
  return {
    gpus: [],
    problems: [`an NVIDIA device is here, but nvidia-smi is not on the PATH: ${fix}`],
  };
}

function processesOf(answer: Answer): { rows: NvidiaProcess[] | null; problems: string[] } {
  const untold = (reason: string) => ({
    rows: null,
    problems: [`who holds memory of the NVIDIA devices cannot be told: ${reason}`],
  });
  if (answer.kind === 'failed') return untold(`nvidia-smi ${answer.reason}`);
  const { rows, unread } = parseProcesses(answer.stdout);
  const isNone = /no running .*processes/i.test(answer.stdout);
  if (answer.code === 0 && (unread.length === 0 || isNone)) return { rows, problems: [] };
  return untold(complaintOf(answer));
}

const ownersOfSlices = (answer: Answer): Map<string, string> =>
  answer.kind === 'answered' ? parseSlices(answer.stdout) : new Map();

function snapshotOf(
  device: NvidiaDevice,
  rows: readonly NvidiaProcess[] | null,
  place: NvidiaPlace,
): { gpu?: GpuSnapshot; problem?: string } {
  const processes = heldOf(device, rows, place);
  const { index, name, busyPercent } = device;
  const gpu = { index, name, vendor: 'nvidia' as const, busyPercent, processes };
  if (device.total === null) {
    const { total, available } = place.memory;
    return { gpu: { ...gpu, total, used: total - available, isUnified: true } };
  }
  const held = processes?.reduce((sum, { bytes }) => sum + bytes, 0) ?? null;
  const used = device.used ?? held;
  const problem =
    device.used === null
      ? `nvidia-smi does not tell how much memory of device ${index} (${name}) is in use; with MIG on, only root may ask`
      : undefined;
  if (used === null) return { problem: `${problem}; it is left out` };
  return {
    gpu: { ...gpu, total: device.total, used, isUnified: false },
    ...(problem === undefined ? {} : { problem: `${problem}; what its processes hold is taken` }),
  };
}

/** Who holds memory of the device; null where the list cannot be believed. */
function heldOf(
  { uuid, used }: NvidiaDevice,
  rows: readonly NvidiaProcess[] | null,
  { isAlive, isInContainer }: NvidiaPlace,
): GpuProcess[] | null {
  const mine = rows?.filter((row) => row.uuid === uuid) ?? null;
  if (mine === null || mine.some(({ bytes }) => bytes === null)) return null;
  if (isInContainer && (used ?? 0) > 0 && !mine.some(({ pid }) => isAlive(pid))) return null;
  const byPid = new Map<number, GpuProcess>();
  for (const { pid, bytes, command } of mine) {
    const sum = (byPid.get(pid)?.bytes ?? 0) + (bytes ?? 0);
    byPid.set(pid, { pid, bytes: sum, command });
  }
  return [...byPid.values()];
}

function problemsOf(answer: Answer & { kind: 'answered' }, unread: readonly string[]): string[] {
  const hasNone = /no devices were found/i.test(answer.stdout + answer.stderr);
  if (hasNone || (answer.code === 0 && unread.length === 0)) return [];
  return [`nvidia-smi: ${complaintOf(answer)}`];
}

/** The first words of what went wrong, with what helps against what happens often. */
function complaintOf({ code, stdout, stderr }: Answer & { kind: 'answered' }): string {
  const said = linesOf(`${stderr}\n${stdout}`).filter((line) => !/^\d+,|^(GPU|MIG)-/.test(line));
  const words = said.slice(0, 2).join(' ') || `ended with code ${code} and said nothing`;
  const [, fix] = remedies.find(([pattern]) => pattern.test(words)) ?? [];
  return fix === undefined ? words : `${words} (${fix})`;
}

const remedies: readonly (readonly [RegExp, string])[] = [
  [/version mismatch/i, 'the driver was updated while it was loaded: restart the machine'],
  [
    /communicate with the NVIDIA driver/i,
    'the driver is not loaded: install it, or restart the machine',
  ],
  [/insufficient permissions/i, 'ask your administrator for access to /dev/nvidia*'],
  [/is lost|fallen off the bus/i, 'the device no longer answers: restart the machine'],
];
