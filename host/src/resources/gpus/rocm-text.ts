export interface AmdDevice {
  index: number;
  /** The kernel's number of the device; null where `rocm-smi` is too old to tell. */
  kernelId: string | null;
  name: string;
  total: number | null;
  used: number | null;
  busyPercent: number | null;
}

export interface AmdAnswer {
  devices: AmdDevice[];
  /** Over all devices together; `bytes` null where it is not known. */
  processes: { pid: number; bytes: number | null; command: string | null }[];
}

/**
 * `{"card0": {"VRAM Total Memory (B)": "…", …}, "system": {"PID4711": "python3, 1, 8589934592, 0, 4"}}`. Words and their
 * case have changed over the versions; warnings may stand before the document.
 */
export function parseRocm(stdout: string): AmdAnswer | null {
  const document = documentIn(stdout);
  if (document === null) return null;
  const devices: AmdDevice[] = [];
  for (const [key, value] of Object.entries(document)) {
    const index = /^card(\d+)$/i.exec(key)?.[1];
    if (index === undefined || typeof value !== 'object' || value === null) continue;
    const fieldOf = fieldsOf(value);
    devices.push({
      index: Number(index),
      kernelId: fieldOf(/^guid$/) ?? null,
      name: fieldOf(/^device name$/) ?? fieldOf(/^card (series|model)$/) ?? 'AMD GPU',
      total: numberIn(fieldOf(/^vram total memory/)),
      used: numberIn(fieldOf(/^vram total used memory/) ?? fieldOf(/^vram used memory/)),
      busyPercent: numberIn(fieldOf(/^gpu use/)),
    });
  }
  const system = document['system'];
  const processes = Object.entries(typeof system === 'object' && system !== null ? system : {});
  return {
    devices: devices.toSorted((a, b) => a.index - b.index),
    processes: processes.flatMap(([key, value]) => processOf(key, String(value)) ?? []),
  };
}

function documentIn(stdout: string): { [key: string]: unknown } | null {
  for (let at = stdout.indexOf('{'); at !== -1; at = stdout.indexOf('{', at + 1)) {
    try {
      const parsed: unknown = JSON.parse(stdout.slice(at, stdout.lastIndexOf('}') + 1));
      if (typeof parsed === 'object' && parsed !== null)
        return parsed as { [key: string]: unknown };
    } catch {
      // A warning with a brace in it; the document begins further on.
    }
  }
  return null;
}

/** Some versions wrote tabs before a name, and `N/A` where there is nothing to tell. */
function fieldsOf(card: object): (name: RegExp) => string | undefined {
  const fields = Object.entries(card).map(
    ([key, value]) => [key.trim().toLowerCase(), String(value).trim()] as const,
  );
  return (name) => {
    const found = fields.find(
      ([key, value]) => name.test(key) && !/^(n\/a|unknown)?$/i.test(value),
    );
    return found?.[1];
  };
}

/** The name may hold commas; the four numbers after it do not. */
function processOf(key: string, value: string): AmdAnswer['processes'][number] | null {
  const pid = /^PID\s*(\d+)$/i.exec(key)?.[1];
  const cells = value.split(',').map((cell) => cell.trim());
  if (pid === undefined || cells.length < 5) return null;
  const name = cells.slice(0, -4).join(', ');
  return {
    pid: Number(pid),
    bytes: numberIn(cells.at(-3)),
    command: name === '' || name === 'UNKNOWN' ? null : name,
  };
}

/** Some versions write the unit with the number. */
export const numberIn = (text: string | undefined): number | null =>
  text !== undefined && /^\d+(\.\d+)?\s*%?$/.test(text) ? Number.parseFloat(text) : null;
