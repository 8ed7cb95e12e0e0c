import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { GpuMeter, type GpuMeterOptions } from '../../src/resources/gpus/index.ts';

const quick = { waitMs: 400, keepMs: 60_000, pauseMs: 60_000 };
/** Starting a program takes its time on a busy machine. */
export const programLimitMs = 5_000;
export const memory = { total: 64 * 1024 ** 3, available: 48 * 1024 ** 3 };

export function temporaryFolder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'capstan-resources-'));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A folder for the `PATH` with a program in it that is a shell script of these lines. */
export function programOf(folder: string, name: string, script: string): void {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
}

/** An `nvidia-smi` that prints what was recorded, by the question it is asked. */
export function nvidiaSmi(
  folder: string,
  answers: { devices: string; processes?: string; list?: string; code?: number },
): void {
  const { devices, processes = '', list = '', code = 0 } = answers;
  writeFileSync(join(folder, 'devices'), devices);
  writeFileSync(join(folder, 'processes'), processes);
  writeFileSync(join(folder, 'list'), list);
  const script = [
    `here='${folder}'`,
    'case "$1" in',
    '  --query-gpu=*) read_from=devices ;;',
    '  --query-compute-apps=*) read_from=processes ;;',
    '  -L) read_from=list ;;',
    '  *) echo "unknown question $1" >&2; exit 2 ;;',
    'esac',
    'while IFS= read -r line || [ -n "$line" ]; do printf "%s\\n" "$line"; done < "$here/$read_from"',
    `exit ${code}`,
  ];
  programOf(folder, 'nvidia-smi', script.join('\n'));
}

/** Looks at the devices of a machine on whose `PATH` is only this folder, and that is no container. */
export const meterOf = (folder: string, more: GpuMeterOptions = {}): GpuMeter =>
  new GpuMeter(
    { PATH: folder },
    { times: quick, limitMs: programLimitMs, isInContainer: false, ...more },
  );
