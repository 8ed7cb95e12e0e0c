import { Command } from 'commander';
import type { Context } from '../../context.ts';
import { examples } from '../../options.ts';
import type { Act } from '../../act.ts';
import type { InstallOptions } from './install.ts';

export function installCommand(act: Act): Command {
  return new Command('install')
    .summary('build the environments of capstan.yaml and record what they offer')
    .description(
      'Shows what will be built and which commands will run, asks, builds each environment, looks at the\n' +
        'capability from inside it, and records a manifest. What is up to date is left alone. An environment\n' +
        'is shared by all workspaces that need the same one.',
    )
    .argument('[names...]', 'only these capabilities')
    .option('--dry-run', 'show the plan and stop')
    .option('-y, --yes', 'go on without asking')
    .option('--force', 'record anew even what is up to date')
    .addHelpText(
      'after',
      examples(
        ['capstan install', 'all that capstan.yaml declares'],
        ['capstan install speech --dry-run', 'what would happen'],
        ['capstan install --yes', 'in a script'],
      ),
    )
    .action(
      act(async (context: Context, names: string[], options: InstallOptions) =>
        (await import('./install.ts')).install(context, names, options),
      ),
    );
}
