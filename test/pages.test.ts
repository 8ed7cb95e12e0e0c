import assert from 'node:assert/strict';
import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { programFor } from '../host/src/cli/program.ts';

type Command = Awaited<ReturnType<typeof programFor>>;

/** Every command there is. */
const program = await programFor([], null as never, null as never, () => {});

const read = (path: string): string => readFileSync(path, 'utf8');

const flagsOf = (command: Command): string[] =>
  command.options.flatMap(({ long, short }) => [long ?? '', short ?? '']);

/** What of a line beginning with `capstan` the command line does not know. */
function unknownIn(line: string): string[] {
  // Before a comment, and outside quotes, all that begins with a dash is an option.
  const [, ...words] = (line.split(/ #|\|\|?|&&|;/)[0] ?? '').trim().split(/\s+/);
  let command = program;
  const flags = new Set([...flagsOf(program), '-h', '--help']);
  const unknown: string[] = [];
  for (const [place, word] of words.entries()) {
    const inner = command.commands.find((each) => each.name() === word);
    if (inner !== undefined) {
      command = inner;
      for (const flag of flagsOf(inner)) flags.add(flag);
    } else if (place === 0 && /^[a-z]+$/.test(word)) unknown.push(word);
    else if (word === '--') break;
    else if (/^--?[a-z]/.test(word)) {
      const flag = word.replace(/[=,.)\]].*$/, '');
      if (!flags.has(flag)) unknown.push(flag);
    }
  }
  return unknown;
}

test('what the pages tell people to type is something that Capstan knows', () => {
  assert.deepEqual(unknownIn('capstan reorder job_1 --frist  # or --last'), ['--frist']);
  assert.deepEqual(unknownIn('capstan reorders job_1'), ['reorders']);
  const wrong: string[] = [];
  for (const page of ['README.md', ...globSync('docs/*.md')]) {
    const text = read(page);
    const typed = [
      ...Array.from(text.matchAll(/^(?:\$ )?(capstan [^\n]*)$/gm), ([, line = '']) => line),
      ...Array.from(text.matchAll(/`(capstan [^`\n]*)`/g), ([, line = '']) => line),
    ];
    for (const line of typed) {
      for (const unknown of unknownIn(line)) wrong.push(`${page}: ${unknown} in: ${line}`);
    }
  }
  assert.deepEqual(wrong, []);
});

test('docs/journal.md names every type of event that is written', () => {
  const sources = globSync('host/src/**/*.ts').map(read).join('\n');
  const written = [/\beventType: '(\w+)'/g, /#?\btell\('(\w+_\w+)'/g, /#append\('(\w+)'/g].flatMap(
    (pattern) => Array.from(sources.matchAll(pattern), ([, type = '']) => type),
  );
  assert.ok(new Set(written).size > 20, 'the patterns find the places');
  const page = read('docs/journal.md');
  const missing = [...new Set(written)].filter((type) => !page.includes(`\`${type}\``));
  assert.deepEqual(missing, []);
});

test('every file and folder that ARCHITECTURE.md names is there, and every folder is in its table', () => {
  const page = read('ARCHITECTURE.md');
  const bases = ['.', 'host', 'host/src', ...globSync('host/src/{instances,workers,compositions}')];
  const named = Array.from(
    page.matchAll(/`(?!\.capstan)([\w.-]+(?:\/[\w.-]+)*(?:\.ts|\/[\w-]+))`/g),
    (m) => m[1],
  );
  const gone = named.filter((path) => !bases.some((base) => existsSync(`${base}/${path}`)));
  assert.deepEqual(gone, []);
  const table = page.split('\n').filter((line) => line.startsWith('| '));
  const absent = readdirSync('host/src').filter(
    (name) => !table.some((row) => row.includes(`\`${name}\``)) && !page.includes(`\`${name}\``),
  );
  assert.deepEqual(absent, []);
});
