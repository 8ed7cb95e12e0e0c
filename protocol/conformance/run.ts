import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { checks, type Subject } from './suite.ts';

/** `node run.ts --module M [--class C] --broken B [--only TEXT] -- <worker command…>` */
const usage =
  'usage: run.ts --module M [--class C] --broken B [--only TEXT] -- <worker command...>\n';

function readSubject(): { subject: Subject; only: string } | null {
  const { values, positionals } = parseArgs({
    options: {
      module: { type: 'string' },
      class: { type: 'string', default: '' },
      broken: { type: 'string' },
      only: { type: 'string', default: '' },
    },
    allowPositionals: true,
  });
  const { module, broken } = values;
  if (module === undefined || broken === undefined || positionals.length === 0) return null;
  return {
    subject: {
      command: positionals,
      module: resolve(module),
      class: values.class,
      broken: resolve(broken),
    },
    only: values.only,
  };
}

const asked = readSubject();
if (asked === null) {
  process.stderr.write(usage);
  process.exit(2);
}
const chosen = checks.filter(({ name }) => name.includes(asked.only));
process.stdout.write(`1..${chosen.length}\n`);
let failures = 0;
for (const [index, check] of chosen.entries()) {
  const startedAt = performance.now();
  const tookMs = (): number => Math.round(performance.now() - startedAt);
  try {
    await check.run(asked.subject);
    process.stdout.write(`ok ${index + 1} - ${check.name} # ${tookMs()} ms\n`);
  } catch (error) {
    failures += 1;
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    process.stdout.write(
      `not ok ${index + 1} - ${check.name} # ${tookMs()} ms\n${text.replace(/^/gm, '  # ')}\n`,
    );
  }
}
process.exit(failures === 0 ? 0 : 1);
