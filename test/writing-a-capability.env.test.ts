import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';

/**
 * Does what `docs/writing-a-capability.md` says, in either language: writes the files that its blocks name,
 * types its commands into one shell, and holds what they print on stdout and stderr against the page. A line
 * of `…` stands for any lines, `…` within one for anything; a line that begins with `!` is one of stderr.
 */
const page = readFileSync('docs/writing-a-capability.md', 'utf8');
const fence = /^```(\w+)(?: (\S+))?(?: (\w+))?\n(.*?)^```$/gms;
const blocks = Array.from(page.matchAll(fence), ([, kind, file, language, body = '']) => ({
  kind,
  file,
  language,
  body,
}));

interface Step {
  command: string;
  expected: string[];
}

const steps: Step[] = blocks
  .filter(({ kind }) => kind === 'console')
  .flatMap(({ body }) => body.split(/^\$ /m).slice(1))
  .map((step) => {
    const [command = '', ...expected] = step.trimEnd().split('\n');
    return { command, expected };
  });

/** Whether the lines are those of the page. */
function fits(expected: readonly string[], lines: readonly string[]): boolean {
  const [first, ...rest] = expected;
  if (first === undefined) return lines.length === 0;
  if (first === '…') {
    return lines.some((_, index) => fits(rest, lines.slice(index))) || fits(rest, []);
  }
  const [line, ...others] = lines;
  if (line === undefined) return false;
  const pattern = first.split('…').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${pattern.join('.*')}$`).test(line) && fits(rest, others);
}

const mark = '---8<---';
const isUp = 'until grep -q control .capstan/host.json 2>/dev/null; do sleep 0.1; done';

/** One shell types all of it, because a later command may use what an earlier one has set. */
const script = steps
  .map(
    ({ command }) =>
      `${command}\n${command.endsWith('&') ? isUp : ''}\necho '${mark}'; echo '${mark}' >&2`,
  )
  .join('\n');

for (const language of ['python', 'typescript']) {
  test(`a newcomer who follows the page on writing a capability gets what it says, in ${language}`, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'capstan-tutorial-'));
    try {
      const workspace = join(folder, 'words');
      const bin = join(folder, 'bin');
      mkdirSync(workspace);
      mkdirSync(bin);
      symlinkSync(resolve('host/bin/capstan.cjs'), join(bin, 'capstan'));
      const unwanted = language === 'python' ? 'words.ts' : 'words.py';
      for (const block of blocks) {
        if (block.file === undefined || block.file === unwanted) continue;
        if (block.language !== undefined && block.language !== language) continue;
        writeFileSync(join(workspace, block.file), block.body);
      }
      const shell = spawn('bash', ['-c', script], {
        cwd: workspace,
        env: { ...process.env, PATH: [bin, process.env['PATH']].join(delimiter), NO_COLOR: '1' },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const [out, err] = await Promise.all([
        text(shell.stdout),
        text(shell.stderr),
        once(shell, 'close'),
      ]);
      const printed = out.split(`${mark}\n`);
      const said = err.split(`${mark}\n`);
      for (const [index, { command, expected }] of steps.entries()) {
        const isError = (line: string) => line.startsWith('! ');
        const wanted = expected.filter((line) => !isError(line));
        const lines = (printed[index] ?? '').split('\n').slice(0, -1);
        assert.ok(
          fits(wanted, lines),
          `$ ${command}\nprinted\n${printed[index]}${said[index]}\nbut the page says\n${expected.join('\n')}`,
        );
        for (const line of expected.filter(isError)) {
          const told = (said[index] ?? '').split('\n');
          const isTold = told.some((each) => fits([`…${line.slice(2)}…`], [each]));
          assert.ok(isTold, `$ ${command}\nsaid\n${said[index]}\nbut the page says\n${line}`);
        }
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
}
