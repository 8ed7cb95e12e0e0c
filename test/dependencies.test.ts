import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

interface Lock {
  packages: { [path: string]: { hasInstallScript?: boolean; resolved?: string; link?: boolean } };
}
interface Manifest {
  dependencies?: { [name: string]: string };
  devDependencies?: { [name: string]: string };
}

const readJson = <T>(file: string): T => JSON.parse(readFileSync(file, 'utf8')) as T;

test('no package in the tree runs an install script', () => {
  const { packages } = readJson<Lock>('package-lock.json');
  const scripted = Object.keys(packages).filter((path) => packages[path]?.hasInstallScript);
  assert.deepEqual(scripted, []);
  assert.ok(Object.keys(packages).length > 10, 'the lock file was read');
});

test('every dependency has its reason in docs/dependencies.md', () => {
  const reasons = readFileSync('docs/dependencies.md', 'utf8');
  const named = [
    'package.json',
    'protocol/package.json',
    'worker-node/package.json',
    'host/package.json',
  ]
    .map((file) => readJson<Manifest>(file))
    .flatMap((manifest) => Object.keys({ ...manifest.dependencies, ...manifest.devDependencies }))
    .filter((name) => !name.startsWith('@capstan/'));
  assert.deepEqual(
    named.filter((name) => !reasons.includes(name)),
    [],
  );
  assert.ok(named.includes('zod'));
});
