import { Command } from 'commander';
import type { Act } from '../../act.ts';
import type { Context } from '../../context.ts';
import { examples } from '../../options.ts';
import type { RemoveOptions } from './remove.ts';

export function removeCommand(act: Act): Command {
  return new Command('remove')
    .summary('remove an installed capability: manifest, adapters, environment, data on request')
    .description(
      'Shows what will be removed and what stays and why, asks, and does it. An environment goes only when\n' +
        'nobody else uses it, in this workspace or another. What the capability wrote, its secrets and its\n' +
        'settings stay unless --data is given; so does its entry in capstan.yaml, unless --declaration is.',
    )
    .argument('<name>', 'a capability')
    .option('--data', 'its data folder, secrets and settings, too')
    .option('--declaration', 'its entry in capstan.yaml, too; comments around it stay')
    .option('--keep-environment', 'leave its environment, for the next time')
    .option('--unload', 'first wait for its calls, and end what runs of it')
    .option('--dry-run', 'show what would be removed and stop')
    .option('-y, --yes', 'go on without asking')
    .addHelpText(
      'after',
      examples(
        ['capstan remove speech --dry-run', 'what would go, and what would stay'],
        ['capstan remove speech', 'asks first'],
        ['capstan remove speech --data --declaration --yes', 'all of it, in a script'],
      ),
    )
    .action(
      act(async (context: Context, name: string, options: RemoveOptions) =>
        (await import('./remove.ts')).remove(context, name, options),
      ),
    );
}
