import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, relative, sep } from 'node:path';
import { test } from 'node:test';

/**
 * Which folder of `host/src` may import which; the same table stands in ARCHITECTURE.md. Levels go up:
 * nothing here names a folder that names it back.
 */
const mayImport: { [folder: string]: readonly string[] } = {
  kernel: [],
  resources: [],
  environments: ['protocol', 'worker'],
  secrets: ['protocol', 'environments'],
  stores: ['kernel', 'protocol'],
  workers: ['protocol', 'environments', 'secrets', 'resources'],
  leases: ['kernel', 'stores', 'protocol'],
  admission: ['kernel', 'stores', 'leases', 'resources', 'protocol'],
  capabilities: ['kernel', 'protocol', 'worker', 'environments', 'secrets'],
  provenance: ['kernel', 'stores'],
  instances: [
    'kernel',
    'protocol',
    'stores',
    'queue',
    'workers',
    'resources',
    'secrets',
    'capabilities',
  ],
  queue: ['kernel', 'protocol', 'stores', 'provenance'],
  compositions: ['kernel', 'protocol', 'stores', 'queue', 'provenance', 'capabilities'],
  http: ['host.ts', 'index.ts', 'protocol'],
  cli: [
    'declared.ts',
    'host.ts',
    'index.ts',
    'lease-desk.ts',
    'lease-liveness.ts',
    'lease-scope.ts',
    'machine-report.ts',
    'workspace-view.ts',
    'http',
    'protocol',
  ],
};

/** Small files at the root of `host/src` that every folder but `kernel` may use. */
const foundations = [
  'errors.ts',
  'error-table.ts',
  'clock.ts',
  'ids.ts',
  'defaults.ts',
  'paths.ts',
  'tidy.ts',
  'fail-points.ts',
  'content.ts',
  'quantities.ts',
];

/** Packages a part may use; a folder that is not listed may use `node:` only, and `kernel` not even that. */
const packagesOf: { [part: string]: readonly string[] } = {
  protocol: [],
  'worker-node': [],
  environments: [],
  workers: ['undici'],
  capabilities: ['yaml', 'zod', 'ajv'],
  compositions: ['yaml', 'zod', 'ajv'],
  http: ['hono', '@hono/node-server'],
  cli: ['commander', '@clack/prompts'],
};

interface Import {
  file: string;
  specifier: string;
}

/** Import and export statements, dynamic imports and `import()` types, in any quotes. */
function importsOf(file: string): Import[] {
  const text = readFileSync(file, 'utf8').replace(/^\s*(\/\/|\*|\/\*).*$/gm, '');
  const pattern = /(?:(?<=[\s}*])from\s+|\bimport\s*\(?\s*|\brequire\(\s*)(['"])([^'"\n]+)\1/g;
  return Array.from(text.matchAll(pattern), (match) => ({ file, specifier: match[2] ?? '' }));
}

const filesBelow = (folder: string): string[] =>
  globSync(`${folder}/**/*.ts`)
    .filter((file) => !file.includes('node_modules'))
    .toSorted();

const isBuiltin = (specifier: string): boolean =>
  specifier.startsWith('node:') || builtinModules.includes(specifier);
const packageName = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');

/** The folder of `host/src` a relative import leads to, or the file when it lies at the root. */
function targetInHost({ file, specifier }: Import): string {
  const path = relative('host/src', join(dirname(file), specifier));
  return path.split(sep)[0] ?? '';
}

/** Why an import of a file in `host/src/<folder>` is not allowed, or null when it is. */
export function whyForbidden(folder: string, found: Import): string | null {
  const { specifier } = found;
  if (isBuiltin(specifier)) {
    if (folder === 'kernel') return 'kernel is handed data and the time; it imports nothing';
    return specifier.startsWith('node:') ? null : `write node:${specifier}`;
  }
  if (specifier.startsWith('.')) {
    const target = targetInHost(found);
    if (target === folder) return null;
    if (foundations.includes(target)) return folder === 'kernel' ? 'kernel imports nothing' : null;
    return mayImport[folder]?.includes(target) ? null : `${folder} may not know ${target}`;
  }
  const ours = { '@capstan/protocol': 'protocol', '@capstan/worker': 'worker' }[
    packageName(specifier)
  ];
  if (ours !== undefined) {
    return mayImport[folder]?.includes(ours) ? null : `${folder} may not know ${specifier}`;
  }
  return packagesOf[folder]?.includes(packageName(specifier))
    ? null
    : `${folder} has no use for the package ${packageName(specifier)} in its row`;
}

test('every folder of the host imports only from the levels below it', () => {
  const wrong: string[] = [];
  for (const folder of Object.keys(mayImport)) {
    for (const found of filesBelow(`host/src/${folder}`).flatMap(importsOf)) {
      const why = whyForbidden(folder, found);
      if (why !== null) wrong.push(`${found.file}: ${found.specifier}: ${why}`);
    }
  }
  assert.deepEqual(wrong, []);
});

test('every folder of the host has a row in the table', () => {
  const folders = new Set(
    globSync('host/src/*/**/*.ts').map((file) => relative('host/src', file).split(sep)[0] ?? ''),
  );
  assert.deepEqual(
    [...folders].filter((folder) => !(folder in mayImport)),
    [],
  );
});

test('the table itself has no cycle', () => {
  const visit = (folder: string, path: readonly string[]): void => {
    assert.ok(!path.includes(folder), `cycle: ${[...path, folder].join(' -> ')}`);
    for (const next of mayImport[folder] ?? []) visit(next, [...path, folder]);
  };
  for (const folder of Object.keys(mayImport)) visit(folder, []);
});

test('the protocol package imports nothing but its own files', () => {
  const outside = filesBelow('protocol/src').flatMap(importsOf);
  assert.deepEqual(
    outside.filter(({ specifier }) => !specifier.startsWith('./') && !specifier.startsWith('../')),
    [],
  );
});

test('the Node worker SDK knows the protocol and Node, nothing else', () => {
  const outside = filesBelow('worker-node/src')
    .flatMap(importsOf)
    .filter(({ specifier }) => !specifier.startsWith('.') && !isBuiltin(specifier))
    .filter(({ specifier }) => packageName(specifier) !== '@capstan/protocol');
  assert.deepEqual(outside, []);
});

test('SQL is written in the stores and nowhere else', () => {
  const elsewhere = globSync('host/src/**/*.ts')
    .filter((file) => !file.startsWith(`host${sep}src${sep}stores`))
    .filter((file) => !file.includes('environments')) // its build lock is a database nobody reads
    .filter((file) => importsOf(file).some(({ specifier }) => specifier === 'node:sqlite'));
  assert.deepEqual(elsewhere, []);
});

test('a forbidden import is caught', () => {
  const file = 'host/src/kernel/example.ts';
  assert.ok(whyForbidden('kernel', { file, specifier: 'node:fs' }));
  assert.ok(whyForbidden('kernel', { file, specifier: '../errors.ts' }));
  const upwards = { file: 'host/src/queue/example.ts', specifier: '../instances/load.ts' };
  assert.equal(whyForbidden('queue', upwards), 'queue may not know instances');
  assert.ok(whyForbidden('stores', { file: 'host/src/stores/a.ts', specifier: 'undici' }));
  const [found] = importsOf('test/architecture.test.ts');
  assert.equal(found?.specifier, 'node:assert/strict');
});
