/** A line of `--query-gpu=index,uuid,name,memory.total,memory.used,utilization.gpu`. */
export interface NvidiaDevice {
  index: number;
  uuid: string;
  name: string;
  /** Null where the device does not tell. */
  total: number | null;
  used: number | null;
  busyPercent: number | null;
}

/** Lines `0, GPU-…, NVIDIA GeForce RTX 3090, 24576, 413, 7`; what is no such line is a complaint. */
export function parseDevices(stdout: string): { devices: NvidiaDevice[]; unread: string[] } {
  const devices: NvidiaDevice[] = [];
  const unread: string[] = [];
  for (const line of linesOf(stdout)) {
    const cells = line.split(',').map((cell) => cell.trim());
    const [busy, used, total] = [cells.pop(), cells.pop(), cells.pop()];
    const [index = '', uuid = '', ...name] = cells;
    if (!/^\d+$/.test(index) || busy === undefined || name.length === 0) unread.push(line);
    else {
      const [totalMiB, usedMiB] = [numberIn(total), numberIn(used)];
      devices.push({
        index: Number(index),
        uuid,
        name: name.join(', '),
        total: totalMiB === null ? null : totalMiB * mib,
        used: usedMiB === null ? null : usedMiB * mib,
        busyPercent: numberIn(busy),
      });
    }
  }
  return { devices, unread };
}

/** A line of `--query-compute-apps=gpu_uuid,pid,used_memory,process_name`. */
export interface NvidiaProcess {
  uuid: string;
  pid: number;
  /** Null where the driver leaves memory to the system (Windows, WSL). */
  bytes: number | null;
  command: string | null;
}

/** Lines `GPU-…, 4711, 8122, /usr/bin/python3`. The name comes last, for it may hold commas. */
export function parseProcesses(stdout: string): { rows: NvidiaProcess[]; unread: string[] } {
  const rows: NvidiaProcess[] = [];
  const unread: string[] = [];
  for (const line of linesOf(stdout)) {
    const [uuid = '', pid = '', used, ...name] = line.split(',').map((cell) => cell.trim());
    if (!/^\d+$/.test(pid)) {
      unread.push(line);
      continue;
    }
    const usedMiB = numberIn(used);
    const command = name.join(', ');
    rows.push({
      uuid,
      pid: Number(pid),
      bytes: usedMiB === null ? null : usedMiB * mib,
      command: command === '' || command.startsWith('[') ? null : command,
    });
  }
  return { rows, unread };
}

const mib = 1024 * 1024;

/** `[N/A]`, `[Not Supported]`, `[Insufficient Permissions]`, `[Unknown Error]` and the like are no numbers. */
function numberIn(cell: string | undefined): number | null {
  const found = /^(\d+(?:\.\d+)?)(?:\s*(?:MiB|%))?$/.exec(cell ?? '');
  return found === null ? null : Number(found[1]);
}

/** Without the blank ones. */
export const linesOf = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');

/** `nvidia-smi -L` lists the slices of a device below it. */
export function parseSlices(stdout: string): Map<string, string> {
  const owners = new Map<string, string>();
  let device = '';
  for (const line of linesOf(stdout)) {
    const uuid = /\(UUID: ([^)]+)\)/.exec(line)?.[1];
    if (uuid === undefined) continue;
    if (line.startsWith('GPU')) device = uuid;
    else owners.set(uuid, device);
  }
  return owners;
}
