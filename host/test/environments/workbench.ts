import { mkdtempSync, rmSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type {
  CondaKind,
  CondaRequirement,
  NpmRequirement,
  PythonRequirement,
} from '../../src/environments/index.ts';

/** A folder of the test's own, gone when it ends. */
export function temporaryFolder(t: TestContext, before?: () => Promise<void>): string {
  const folder = mkdtempSync(join(tmpdir(), 'capstan-test-'));
  t.after(async () => {
    await before?.();
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

export interface Paths {
  environmentsDir: string;
  toolsDir: string;
}

export const pathsIn = (folder: string): Paths => ({
  environmentsDir: join(folder, 'environments'),
  toolsDir: join(folder, 'tools'),
});

export const npm = (...packages: string[]): NpmRequirement => ({
  kind: 'npm',
  packages,
  files: [],
  packageJson: null,
  lock: null,
});

export const python = (kind: 'uv' | 'venv', ...requirements: string[]): PythonRequirement => ({
  kind,
  python: '>=3.9',
  requirements,
  constraints: [],
  files: [],
  lock: null,
});

export const conda = (
  kind: CondaKind,
  wanted: Partial<CondaRequirement> = {},
): CondaRequirement => ({
  kind,
  python: null,
  channels: ['conda-forge'],
  packages: [],
  requirements: [],
  constraints: [],
  files: [],
  manifest: null,
  lock: null,
  tool: null,
  toolsDir: '/nowhere',
  notes: [],
  ...wanted,
});

/** Writes files below a folder, with the folders they need. A text that begins with `#!` is made executable. */
export async function writeFiles(
  folder: string,
  files: { readonly [path: string]: string },
): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    const file = join(folder, path);
    // oxlint-disable-next-line no-await-in-loop -- a few small files
    await mkdir(join(file, '..'), { recursive: true });
    // oxlint-disable-next-line no-await-in-loop
    await writeFile(file, text);
    // oxlint-disable-next-line no-await-in-loop
    if (text.startsWith('#!')) await chmod(file, 0o755);
  }
}
