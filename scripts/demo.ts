import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';

/**
 * The demonstration: installs the five tools of `examples/talk-notes` and turns its recording into notes.
 * Both halves are ordinary commands, printed before they run, and both go on where a killed one stopped.
 */
const workspace = 'examples/talk-notes';
const composition = `${workspace}/notes.yaml`;
const [recording] = globSync(`${workspace}/recording/*.{flac,ogg,mp3,wav}`);
if (recording === undefined) {
  process.stderr.write('Run this in a full checkout: its recording is missing.\n');
  process.exit(1);
}

// Ctrl-C reaches the command too; it tidies up and decides how this ends.
process.on('SIGINT', () => {});

await capstan(['-C', workspace, 'install', '--yes']);
const outputs = await capstan(['run', composition, '--input', `audio=${recording}`]);

const page = /^html +(.+)$/m.exec(outputs)?.[1];
process.stderr.write(`
The notes are ready. Open the page in a browser, search it, click a time to hear it:
  ${page ?? outputs}

What to try next:
  npx capstan -C ${workspace} list                    the five tools and what they can do
  npx capstan -C ${workspace} jobs                    what ran, and for how long
  npx capstan -C ${workspace} journal verify          that the account of it is untouched
  npx capstan run ${composition} --input audio=<a recording of yours>
  docs/why-environments.md                                       why pip refuses to install these together
`);

async function capstan(args: string[]): Promise<string> {
  process.stderr.write(`\n$ npx capstan ${args.join(' ')}\n`);
  const child = spawn(process.execPath, ['host/bin/capstan.cjs', ...args], {
    stdio: ['inherit', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    process.stdout.write(text);
  });
  const { promise, resolve } = Promise.withResolvers<number>();
  child.once('close', (code) => resolve(code ?? 1));
  const code = await promise;
  if (code !== 0) process.exit(code);
  return output;
}
