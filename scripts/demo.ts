import { globSync } from 'node:fs';
import { execute } from '../host/src/cli/main.ts';
import { processIo, whenWritten } from '../host/src/cli/process-io.ts';

/**
 * The demonstration: installs the five tools of `examples/talk-notes` and turns its recording into notes.
 * Both halves are ordinary commands, printed before they run, and both go on where a killed one stopped.
 * They run in this very process, so that whoever kills it has killed their host too.
 */
const workspace = 'examples/talk-notes';
const composition = `${workspace}/notes.yaml`;
const [recording] = globSync(`${workspace}/recording/*.{flac,ogg,mp3,wav}`);
if (recording === undefined) {
  process.stderr.write('Run this in a full checkout: its recording is missing.\n');
  process.exit(1);
}

await capstan('-C', workspace, 'install', '--yes');
const outputs = await capstan('run', composition, '--input', `audio=${recording}`);

const page = /^html +(.+)$/m.exec(outputs)?.[1];
process.stderr.write(`
The notes are ready. Open the page in a browser, search it, click a time to hear it:
  ${page ?? outputs}

What to try next:
  npx capstan -C ${workspace} list              the five tools and what they can do
  npx capstan -C ${workspace} jobs              what ran, and for how long
  npx capstan -C ${workspace} journal verify    that the account of it is untouched
  npx capstan run ${composition} --input audio=<a recording of yours>
  docs/why-environments.md                                 why pip refuses to install these together
`);
await whenWritten();
process.exit(0);

/** Runs one command line, and hands back what it printed on stdout. Ends here when it fails. */
async function capstan(...args: string[]): Promise<string> {
  process.stderr.write(`\n$ npx capstan ${args.join(' ')}\n`);
  const io = processIo();
  let output = '';
  const write = (text: string): void => {
    output += text;
    io.stdout.write(text);
  };
  const code = await execute(args, { ...io, stdout: { ...io.stdout, write } });
  if (code !== 0) {
    await whenWritten();
    process.exit(code);
  }
  return output;
}
