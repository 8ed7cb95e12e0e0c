import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';

/**
 * Compiles the packages as they are published, into `build/<package>` or below the folder that is named:
 * JavaScript and declarations in place of sources, everything else as it is. Ready for
 * `npm publish ./build/<package>`.
 */
const folder = resolve(process.argv[2] ?? 'build');
const packages = ['protocol', 'worker-node', 'host'] as const;
const carriedAlong = ['schemas', 'fixtures', 'bin'] as const;

/** Sources name each other with `.ts`; in a published package the same files end in `.js`. */
const asPublished = (text: string): string => text.replaceAll(/(\/src\/[^'"\s]*)\.ts\b/g, '$1.js');

rmSync(folder, { recursive: true, force: true });
for (const name of packages) {
  const target = join(folder, name);
  mkdirSync(target, { recursive: true });
  compile(name, join(target, 'src'));
  writeFileSync(
    join(target, 'package.json'),
    asPublished(readFileSync(join(name, 'package.json'), 'utf8')),
  );
  for (const extra of carriedAlong) {
    if (existsSync(join(name, extra))) {
      cpSync(join(name, extra), join(target, extra), { recursive: true });
    }
  }
  cpSync('LICENSE', join(target, 'LICENSE'));
}

// What lets a test end a host at a chosen moment is nothing that anybody else should be able to do.
const failPoints = join(folder, 'host', 'src', 'fail-points.js');
writeFileSync(failPoints, 'export const failPoints = [];\nexport function failPoint() {}\n');

const entry = join(folder, 'host', 'bin', 'capstan.cjs');
writeFileSync(entry, asPublished(readFileSync(entry, 'utf8')));
chmodSync(entry, 0o755);
cpSync('worker-python/capstan_worker', join(folder, 'host', 'sdk-python', 'capstan_worker'), {
  recursive: true,
  filter: (path) => !path.includes('__pycache__'),
});
process.stdout.write(`built ${packages.map((name) => join(folder, name)).join(', ')}\n`);

function compile(name: string, outDir: string): void {
  const config = join(name, 'tsconfig.build.json');
  writeFileSync(
    config,
    JSON.stringify({
      extends: '../tsconfig.json',
      compilerOptions: {
        noEmit: false,
        declaration: true,
        rewriteRelativeImportExtensions: true,
        rootDir: 'src',
        outDir,
      },
      include: ['src'],
    }),
  );
  try {
    const { status } = spawnSync('tsc', ['-p', config], { stdio: 'inherit' });
    if (status !== 0) throw new Error(`tsc could not compile ${name}`);
  } finally {
    rmSync(config);
  }
}
