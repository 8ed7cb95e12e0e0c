import { type Command, InvalidArgumentError, Option } from 'commander';
import { resourceWord, type TypedClaims, type Word } from './claims-typed.ts';
import { milliseconds, pause } from './options.ts';

export { type ClaimOptions, claimsTyped, refusedBy, type TypedClaims } from './claims-typed.ts';

/**
 * Adds `--region`, `--lane`, `--name`, `--resource`, `--mode`, `--any` and `--or` to a command. They may be repeated and
 * mixed; what was typed is in the answer by the time the command acts.
 */
export function addClaimOptions(command: Command): TypedClaims {
  const words: Word[] = [];
  const put = (kind: 'region' | 'lane' | 'name') => (text: string) =>
    void words.push({ kind, text });
  command
    .option(
      '--region <glob>',
      'paths in the workspace, such as "src/**" (repeatable)',
      put('region'),
    )
    .option('--lane <name>', 'a lane of capstan.yaml (repeatable)', put('lane'))
    .option('--name <name>', 'any name that only one may hold (repeatable)', put('name'))
    .option(
      '--resource <resource=amount>',
      'so much of it: ram=4GiB, gpu/vram=8GiB, cpu=2 (repeatable)',
      (text: string) => void words.push(resourceIn(text)),
    )
    .addOption(
      new Option('--mode <mode>', 'of regions, lanes and names')
        .choices(['exclusive', 'shared'])
        .default('exclusive'),
    )
    .option('--any', 'one of them is enough: the first that can be had, in the order given')
    .option('--or', 'between what belongs together: one side of it is enough')
    .option('--ranked', 'of several that are enough the best, not the first that can be had');
  command.on('option:or', () => words.push({ kind: 'or' }));
  return { words };
}

/** Adds who asks: `--holder`, `--run` and `--for`. */
export function addHolderOptions(command: Command): Command {
  return command
    .option('--holder <name>', 'who asks; leases of one name are never in their own way')
    .option('--run <id>', 'the run it belongs to: leases of a run are not in its way')
    .option('--for <purpose>', 'what for, in a few words, for those who have to wait');
}

/** Adds `--term` and `--wait`. */
export function addTermOptions(command: Command): Command {
  return command
    .option(
      '--term <duration>',
      'how long it holds unless it is renewed, such as 30m',
      milliseconds,
    )
    .option('--wait <duration>', 'wait in line for so long at most', pause);
}

function resourceIn(text: string): Word {
  const word = resourceWord(text);
  if (word !== null) return word;
  throw new InvalidArgumentError('Write a resource and an amount, such as gpu:0/vram=8GiB.');
}
