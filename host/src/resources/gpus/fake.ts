import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseSize } from '../../quantities.ts';
import type { GpuProcess, GpuSnapshot } from '../snapshot.ts';
import type { GpuReading } from './source.ts';

/**
 * Devices that a file describes, in place of all that may be there: for tests, and for trying things out on a machine
 * without a GPU. `CAPSTAN_FAKE_GPUS` names the file. It is read at each look, so whoever writes it plays the device.
 *
 *     {
 *       "devices": [{ "name": "Fake 24 GB", "total": "24GiB", "used": "500MiB", "busyPercent": 10 }],
 *       "processes": [{ "pid": 4711, "gpu": 0, "bytes": "8GiB", "command": "train.py" }],
 *       "folder": "use"
 *     }
 *
 * `used` of a device is what nobody in particular holds; what the processes hold comes on top, and nothing keeps that below
 * `total`. Amounts are bytes, or text such as `24GiB`.
 *
 * A process tells its own use by a file in `folder` (relative to the file that names it; without it, the name of that file and
 * `.d`) that is called after its pid, `4711` or `4711.json`, and holds `{ "0": "8GiB" }`: bytes by device. Each writes only its own,
 * so no lock is needed; whoever writes more than once writes beside it under a name with a dot in front and renames. What a
 * process has written counts while it lives.
 */
export function fakeGpus(file: string, startedAtMs: (pid: number) => number | null): GpuReading {
  const problems: string[] = [];
  const described = documentIn(file, problems);
  if (described === null) return { gpus: [], problems };
  const { devices, processes, folder } = described;
  const held = [
    ...listOf(processes).flatMap((one) => heldByEntry(one, file, problems)),
    ...heldByFiles(resolve(dirname(file), textIn(folder) ?? `${file}.d`), startedAtMs, problems),
  ].filter(({ pid }) => startedAtMs(pid) !== null);
  const gpus = listOf(devices).flatMap((device, position) =>
    gpuOf(device, position, held, (why) => problems.push(`${file}: ${why}`)),
  );
  return { gpus, problems };
}

interface Held extends GpuProcess {
  gpu: number;
}

type Entry = { readonly [field: string]: unknown };

function gpuOf(
  device: Entry,
  position: number,
  held: readonly Held[],
  complain: (why: string) => void,
): GpuSnapshot[] {
  const index = numberIn(device['index']) ?? position;
  const total = bytesIn(device['total']);
  if (total === null) {
    complain(`device ${index} needs "total", such as "24GiB"; it is left out`);
    return [];
  }
  const processes = held.filter(({ gpu }) => gpu === index);
  const base = bytesIn(device['used'] ?? 0);
  if (base === null) complain(`"used" of device ${index} is no amount; taken as 0`);
  return [
    {
      index,
      name: textIn(device['name']) ?? 'Fake GPU',
      vendor: 'fake',
      total,
      used: processes.reduce((sum, { bytes }) => sum + bytes, base ?? 0),
      busyPercent: numberIn(device['busyPercent']),
      isUnified: device['isUnified'] === true,
      processes:
        device['processes'] === null
          ? null
          : processes.map(({ pid, bytes, command }) => ({ pid, bytes, command })),
    },
  ];
}

function heldByEntry(entry: Entry, file: string, problems: string[]): Held[] {
  const pid = numberIn(entry['pid']);
  const bytes = bytesIn(entry['bytes']);
  if (pid === null || bytes === null) {
    problems.push(`${file}: a process needs "pid" and "bytes"; it is left out`);
    return [];
  }
  const gpu = numberIn(entry['gpu']) ?? 0;
  return [{ pid, gpu, bytes, command: textIn(entry['command']) }];
}

function heldByFiles(
  folder: string,
  startedAtMs: (pid: number) => number | null,
  problems: string[],
): Held[] {
  return entriesOf(folder).flatMap((name): Held[] => {
    const written = /^(\d+)(?:\.json)?$/.exec(name)?.[1];
    if (written === undefined) return [];
    const pid = Number(written);
    const startedMs = startedAtMs(pid);
    const file = resolve(folder, name);
    // A file that is older than the process was written by another one, which had the same pid.
    if (startedMs === null || writtenAtMs(file) < startedMs - 2_000) return [];
    const told = documentIn(file, problems);
    if (told === null) return [];
    return Object.entries(told).flatMap(([gpu, amount]): Held[] => {
      const bytes = bytesIn(amount);
      if (bytes !== null && /^\d+$/.test(gpu)) {
        return [{ pid, gpu: Number(gpu), bytes, command: null }];
      }
      if (gpu !== 'command') problems.push(`${file}: "${gpu}" is no device with an amount`);
      return [];
    });
  });
}

function documentIn(file: string, problems: string[]): Entry | null {
  try {
    const parsed: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) {
      return parsed as Entry;
    }
    problems.push(`${file}: a JSON object is expected`);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    problems.push(`${file}: ${why}; see CAPSTAN_FAKE_GPUS in docs/resources.md`);
  }
  return null;
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function writtenAtMs(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

const listOf = (value: unknown): Entry[] =>
  Array.isArray(value)
    ? value.filter((one): one is Entry => typeof one === 'object' && one !== null)
    : [];

const textIn = (value: unknown): string | null => (typeof value === 'string' ? value : null);

const numberIn = (value: unknown): number | null =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : null;

function bytesIn(value: unknown): number | null {
  if (typeof value === 'number') return Number.isFinite(value) && value >= 0 ? value : null;
  return typeof value === 'string' ? parseSize(value) : null;
}
