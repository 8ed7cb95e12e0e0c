import { Command } from 'commander';
import type { Act } from '../../act.ts';
import type { Context } from '../../context.ts';
import { examples } from '../../options.ts';

export function resourcesCommand(act: Act): Command {
  return new Command('resources')
    .summary('what this machine has, who uses it, and who holds it')
    .description(
      'Shows the cores, memory, GPUs and disk of this machine: how much the host of this workspace and its\n' +
        'workers use, how much everybody else, and what is free; the workers that are up, and how long they have\n' +
        'been idle; and the leases of the machine, which all its workspaces share. Works with and without a host,\n' +
        'also outside of a workspace.',
    )
    .addHelpText(
      'after',
      examples(
        ['capstan resources', ''],
        ["capstan resources --json | jq '.devices[] | select(.free < 1e9)'", 'what is short'],
        ['capstan top', 'the same and the jobs, live'],
      ),
    )
    .action(act(async (context: Context) => (await import('./resources.ts')).resources(context)));
}
