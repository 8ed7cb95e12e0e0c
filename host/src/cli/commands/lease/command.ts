import { Command, Option } from 'commander';
import { HostError } from '../../../errors.ts';
import type { Act } from '../../act.ts';
import { addClaimOptions, addHolderOptions, addTermOptions } from '../../claims-options.ts';
import type { Context } from '../../context.ts';
import { count, examples, milliseconds, pause, wholeNumber } from '../../options.ts';
import type { AcquireOptions } from './acquire.ts';
import type { AdoptOptions, AuthorityOptions, HaltOptions, RenewOptions } from './change.ts';
import type { GuardOptions } from './guard.ts';
import type { LogOptions } from './ledgers.ts';
import type { CheckOptions, ListOptions } from './look.ts';
import type { SpawnOptions } from './spawn.ts';

export function leaseCommand(act: Act): Command {
  return new Command('lease')
    .summary('hold paths, lanes, names and amounts: acquire, renew, release …')
    .description(
      'Lets programs and agents share a repository and a machine: whoever acquires a lease holds what it names, and\n' +
        'everybody else is told who, what for and until when. Works with a host and without one.',
    )
    .addHelpText(
      'after',
      `${examples(
        ["capstan lease acquire --region 'src/**' --holder anna", 'hold a part of the tree'],
        ['capstan lease acquire --lane release --holder ci --wait 10m', 'wait in line for a lane'],
        [
          'capstan lease acquire --resource gpu/vram=8GiB --holder me --pid $$',
          'a GPU, until this shell ends',
        ],
        ['capstan lease list', 'who holds what, and who waits'],
        ['capstan lease release lse_01k3q8… --secret-file .lease', ''],
      )}\n\nMore: docs/leases.md`,
    )
    .addCommand(acquireCommand(act))
    .addCommand(refusingSecrets(releaseCommand(act)))
    .addCommand(refusingSecrets(renewCommand(act)))
    .addCommand(refusingSecrets(adoptCommand(act)))
    .addCommand(haltCommand(act))
    .addCommand(spawnCommand(act))
    .addCommand(listCommand(act))
    .addCommand(refusingSecrets(checkCommand(act)))
    .addCommand(refusingSecrets(guardCommand(act)))
    .addCommand(logCommand(act))
    .addCommand(compactCommand(act))
    .addCommand(verifyCommand(act));
}

const secretFile = (): Option =>
  new Option('--secret-file <file>', 'holds its secret; - for stdin (never given as an argument)');
const secretOut = (): Option =>
  new Option(
    '--secret-out <file>',
    'write the secret there, for your eyes only, instead of printing it',
  );
const operator = (what: string): Option => new Option('--operator <name>', what);

/** Taken in order to say why it is not taken; it is not said again. */
function refusingSecrets(command: Command): Command {
  command.addOption(new Option('--secret [value]').hideHelp());
  return command.on('option:secret', () => {
    throw new HostError(
      'USAGE',
      'A secret is not given as an argument: every program of this machine can read it there.',
      { hint: 'Put it in a file, or on stdin: `--secret-file FILE`, `--secret-file -`.' },
    );
  });
}

function acquireCommand(act: Act): Command {
  const command = new Command('acquire')
    .summary('take a lease, or hear who holds it')
    .description(
      'Takes all that is named, or nothing. Prints the id, the token and the secret of the lease, and until when it\n' +
        'holds; the secret is told this once. What is held by somebody else ends with 5 and says who, since when, what\n' +
        'for and until when; what is only busy with 75; what the rules never allow with 4; what makes no sense with 2.\n' +
        'A lease ends when it is released, when its term is over unless it was renewed, or, with --pid, with that\n' +
        'process.',
    );
  const typed = addClaimOptions(command);
  addTermOptions(addHolderOptions(command));
  return command
    .option('--pid <pid>', 'bound to this process: free the moment it is gone', wholeNumber)
    .option('--parent <id>', 'a part of this lease, and over with it')
    .option('--parent-secret-file <file>', 'holds the secret of the parent')
    .option('--machine', 'the names are those of the whole machine, not of the workspace')
    .addOption(secretOut())
    .option('--force', 'put what others hold aside; they are not asked')
    .addOption(operator('who takes that on themselves; kept with the lease'))
    .addHelpText(
      'after',
      examples(
        [
          "capstan lease acquire --region 'src/**' --region docs/a.md --holder anna",
          'two parts, as one',
        ],
        [
          'capstan lease acquire --region src --mode shared --holder reader',
          'to read, beside others who do',
        ],
        ['capstan lease acquire --lane backend --holder agent-7 --for "login bug" --term 1h', ''],
        ['capstan lease acquire --any --lane a --lane b --holder agent-7', 'either of two lanes'],
        [
          'capstan lease acquire --name deploy --holder ci --wait 5m --json',
          'in line, for scripts',
        ],
        ['capstan lease acquire --resource ram=4GiB --resource cpu=2 --holder me --pid $$', ''],
        [
          'capstan lease acquire --lane docs --holder me --secret-out .lease',
          'the secret in a file',
        ],
      ),
    )
    .action(
      act(async (context: Context, options: AcquireOptions) =>
        (await import('./acquire.ts')).acquire(context, typed, options),
      ),
    );
}

function releaseCommand(act: Act): Command {
  return new Command('release')
    .summary('give a lease back')
    .description('Ends a lease, and those that are part of it. Nothing revives it.')
    .argument('<id>', 'the lease')
    .addOption(secretFile())
    .addOption(operator('without the secret, in this name; it is recorded'))
    .addHelpText(
      'after',
      examples(
        ['capstan lease release lse_01k3q8w2c7 --secret-file .lease', ''],
        ['capstan lease release lse_01k3q8w2c7 --operator anna', 'of one that has gone away'],
      ),
    )
    .action(
      act(async (context: Context, id: string, options: AuthorityOptions) =>
        (await import('./change.ts')).release(context, id, options),
      ),
    );
}

function renewCommand(act: Act): Command {
  return new Command('renew')
    .summary('hold a lease for another term')
    .description(
      'Lets the term begin anew, from now. A lease that is over is not revived: the answer says how it ended, and\n' +
        'whoever writes under it has to stop.',
    )
    .argument('<id>', 'the lease')
    .addOption(secretFile())
    .option('--term <duration>', 'another term than before', milliseconds)
    .option('--floor <duration>', 'nothing is written if the last renewal is younger', pause)
    .addHelpText(
      'after',
      examples(
        ['capstan lease renew lse_01k3q8w2c7 --secret-file .lease', ''],
        [
          'capstan lease renew lse_01k3q8w2c7 --secret-file .lease --floor 5m',
          'as often as you like',
        ],
      ),
    )
    .action(
      act(async (context: Context, id: string, options: RenewOptions) =>
        (await import('./change.ts')).renew(context, id, options),
      ),
    );
}

function adoptCommand(act: Act): Command {
  return new Command('adopt')
    .summary('take a live lease over, with all it holds')
    .description(
      'Moves a live lease to another holder; what it holds, its term and its parts stay. It gets a new token and a new\n' +
        'secret, and the former ones open nothing any more.',
    )
    .argument('<id>', 'the lease')
    .requiredOption('--holder <name>', 'who holds it from now on')
    .addOption(secretFile())
    .addOption(operator('without the secret, in this name; it is recorded'))
    .option('--pid <pid>', 'bound to this process from now on', wholeNumber)
    .addOption(secretOut())
    .addHelpText(
      'after',
      examples(
        ['capstan lease adopt lse_01k3q8w2c7 --holder agent-8 --secret-file .lease', 'handed over'],
        ['capstan lease adopt lse_01k3q8w2c7 --holder agent-8 --operator anna', 'after a crash'],
      ),
    )
    .action(
      act(async (context: Context, id: string, options: AdoptOptions) =>
        (await import('./change.ts')).adopt(context, id, options),
      ),
    );
}

function haltCommand(act: Act): Command {
  return new Command('halt')
    .summary('note that a holder is to stop, and print how')
    .description(
      'Records that somebody wants the work under a lease stopped: its holder sees that at its next check or renewal.\n' +
        'Prints the command that would end it, and signals nobody.',
    )
    .argument('<id>', 'the lease')
    .requiredOption('--reason <text>', 'why')
    .option('--by <name>', 'who wants it (default: $USER)')
    .addHelpText(
      'after',
      examples(['capstan lease halt lse_01k3q8w2c7 --reason "wrong branch"', '']),
    )
    .action(
      act(async (context: Context, id: string, options: HaltOptions) =>
        (await import('./change.ts')).halt(context, id, options),
      ),
    );
}

function spawnCommand(act: Act): Command {
  const command = new Command('spawn')
    .summary('say that a holder is about to be started')
    .description(
      'Makes visible that somebody is being started and will ask for this. It holds nothing: the lease is what it\n' +
        'acquires itself. What does not come within the time is forgotten.',
    );
  const typed = addClaimOptions(command);
  return addHolderOptions(command)
    .option('--command <text>', 'what is started, for people')
    .option('--ttl <duration>', 'forgotten after this (default: 2m)', milliseconds)
    .addHelpText(
      'after',
      examples(['capstan lease spawn --holder agent-7 --lane backend --command "codex run"', '']),
    )
    .action(
      act(async (context: Context, options: SpawnOptions) =>
        (await import('./spawn.ts')).spawn(context, typed, options),
      ),
    );
}

function listCommand(act: Act): Command {
  return new Command('list')
    .summary('who holds what, who waits, who is being started')
    .description(
      'Lists the live leases of the workspace and of the machine, and those who wait in line.',
    )
    .option('--holder <name>', 'only those of this holder')
    .option('--run <id>', 'only those of this run')
    .addHelpText('after', examples(['capstan lease list', ''], ['capstan lease list --json', '']))
    .action(
      act(async (context: Context, options: ListOptions) =>
        (await import('./look.ts')).listLeases(context, options),
      ),
    );
}

function checkCommand(act: Act): Command {
  return new Command('check')
    .summary('does this lease hold? Are the ledgers whole?')
    .description(
      'Says whether a lease is live, whether this is its secret, whether this token may still write, and whether it\n' +
        'covers this path. Without an id: whether the ledgers are whole, as `verify` does.',
    )
    .argument('[id]', 'the lease')
    .addOption(secretFile())
    .option('--token <number>', 'of the write that is about to happen', wholeNumber)
    .option('--path <path>', 'a path that it has to cover')
    .addHelpText(
      'after',
      examples(
        ['capstan lease check lse_01k3q8w2c7', ''],
        ['capstan lease check lse_01k3q8w2c7 --secret-file .lease --path src/a.ts', ''],
        ['capstan lease check', 'the ledgers themselves'],
      ),
    )
    .action(
      act(async (context: Context, id: string | undefined, options: CheckOptions) =>
        (await import('./look.ts')).check(context, id, options),
      ),
    );
}

function guardCommand(act: Act): Command {
  return new Command('guard')
    .summary('write a file, only if the lease still holds')
    .description(
      'Writes what comes on stdin to a file of the tree, in the same moment in which the ledger says that the lease\n' +
        'holds and covers the path. A holder that was paused for longer than its term writes nothing.',
    )
    .argument('<id>', 'the lease')
    .addOption(secretFile().makeOptionMandatory())
    .requiredOption('--to <path>', 'the file')
    .option(
      '--token <number>',
      'the token that the write carries; a lower one is refused',
      wholeNumber,
    )
    .addHelpText(
      'after',
      examples([
        'make-page | capstan lease guard lse_01k3q8w2c7 --secret-file .lease --to docs/a.md',
        '',
      ]),
    )
    .action(
      act(async (context: Context, id: string, options: GuardOptions) =>
        (await import('./guard.ts')).guard(context, id, options),
      ),
    );
}

function logCommand(act: Act): Command {
  return new Command('log')
    .summary('what happened to leases')
    .description(
      'Prints the records of the ledgers: who was granted what, who was refused and why, how each ended.',
    )
    .addOption(new Option('--ledger <which>', 'only this one').choices(['workspace', 'machine']))
    .option('--from <seq>', 'from this row on', wholeNumber)
    .option('--limit <n>', 'so many rows', count, 50)
    .addHelpText(
      'after',
      examples(['capstan lease log', ''], ['capstan lease log --limit 500 --json', '']),
    )
    .action(
      act(async (context: Context, options: LogOptions) =>
        (await import('./ledgers.ts')).leaseLog(context, options),
      ),
    );
}

function compactCommand(act: Act): Command {
  return new Command('compact')
    .summary('shorten the ledgers to what still counts')
    .description(
      'Replaces the rows of the ledgers by one that says what they came to. Leases, tokens and places in line stay as\n' +
        'they are, and others may go on meanwhile. Nothing gets faster by it; the files get smaller.',
    )
    .addHelpText('after', examples(['capstan lease compact', '']))
    .action(
      act(async (context: Context) => (await import('./ledgers.ts')).compactLedgers(context)),
    );
}

function verifyCommand(act: Act): Command {
  return new Command('verify')
    .summary('hold the ledgers against their own rows')
    .description(
      'Follows the hashes of all rows, replays them, and compares with what is taken for live. Ends with 78 where that\n' +
        'is not the same.',
    )
    .addHelpText('after', examples(['capstan lease verify', '']))
    .action(act(async (context: Context) => (await import('./ledgers.ts')).verifyLedgers(context)));
}
