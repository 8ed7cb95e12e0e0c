import { Command } from 'commander';
import { examples } from '../../options.ts';
import type { Act } from '../../act.ts';

export function doctorCommand(act: Act): Command {
  return new Command('doctor')
    .summary('check this machine and this workspace, with a fix for each problem')
    .description(
      'Checks Node.js, npm, Python, uv and conda, the workspace, its environments and stores, the folder for sockets,\n' +
        'free disk space, what the machine has for jobs (memory, GPUs), and processes that an earlier host left behind.\n' +
        'Changes nothing. Each red line says how to fix it; exits with 1 when there is one.',
    )
    .addHelpText(
      'after',
      examples(['capstan doctor', ''], ['capstan doctor --json', 'for a bug report']),
    )
    .action(act(async (context) => (await import('./doctor.ts')).doctor(context)));
}
