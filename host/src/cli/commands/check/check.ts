import { HostError } from '../../../errors.ts';
import type { Context } from '../../context.ts';
import type { ExitCode } from '../../exit-codes.ts';
import {
  adaptersFor,
  type Match,
  matchOf,
  type Recorded,
  readRecorded,
  verdictText,
} from '../../matching.ts';
import type { AdapterManifest, Manifest } from '../../runtime.ts';
import { plain } from '../../terminal/plain.ts';

export interface CheckOptions {
  task?: string;
}

interface Question extends CheckOptions {
  capability: string | undefined;
  adapter: string | undefined;
}

export async function check(context: Context, question: Question): Promise<ExitCode> {
  const { capability, adapter, task } = question;
  if (capability === undefined && task === undefined) {
    throw new HostError('USAGE', 'What is to be checked? Name a capability, or a task.', {
      hint: 'capstan check <capability> [adapter], or capstan check --task <task>',
    });
  }
  const recorded = await readRecorded(context);
  const capabilities = chosenCapabilities(recorded, capability);
  const adapters = chosenAdapters(recorded, question);
  const all = capabilities.flatMap((one) =>
    adapters.map((other) => matchOf(recorded.runtime, one, other)),
  );
  // of several with one name, that of the capability's own environment is meant
  const near = all.filter(({ here }) => here);
  const matches = adapter !== undefined && near.length > 0 ? near : all;
  if (context.json) {
    const { root, problems } = recorded;
    context.printJson({ workspace: root, matches: matches.map(documentOf), problems });
  } else tell(context, matches, capability);
  const wasNamed = adapter !== undefined;
  return wasNamed && matches.some(({ verdict }) => !verdict.compatible) ? 2 : 0;
}

function chosenCapabilities(
  { capabilities, runtime }: Recorded,
  wanted: string | undefined,
): Manifest[] {
  if (wanted === undefined) return capabilities;
  const found = capabilities.filter(({ code }) => code.name === wanted);
  if (found.length > 0) return found;
  const known = capabilities.map(({ code }) => code.name);
  throw new HostError('CAPABILITY_NOT_FOUND', `No capability "${wanted}" is installed.`, {
    hint: runtime.didYouMean(wanted, known) ?? 'Nothing is installed. Run `capstan install`.',
    details: { capability: wanted, known },
  });
}

function chosenAdapters(recorded: Recorded, { adapter, task }: Question): AdapterManifest[] {
  const { runtime } = recorded;
  const all = task === undefined ? recorded.adapters : adaptersFor(recorded, task);
  if (adapter === undefined) return all;
  const found = all.filter(
    (one) => [one.name, one.class].includes(adapter) || one.capstan?.spec.endsWith(adapter),
  );
  if (found.length > 0) return found;
  const known = all.map(({ name }) => name);
  const close =
    runtime.didYouMean(adapter, [...all.map((one) => one.class), ...known]) ??
    'No adapter is installed. See docs/adapters.md.';
  throw new HostError('ADAPTER_NOT_FOUND', `No adapter "${adapter}" is installed.`, {
    hint: close,
    details: { adapter, known },
  });
}

function tell(context: Context, matches: Match[], capability: string | undefined): void {
  const { style } = context;
  if (matches.length === 0) {
    context.say(
      capability === undefined
        ? 'Nothing is installed to check it with.'
        : 'No adapter is installed here. docs/adapters.md says what they are good for.',
    );
    return;
  }
  const pairs = matches.map((match) => `${match.capability}  ${match.adapter} (${match.task})`);
  const width = Math.max(...pairs.map((pair) => pair.length));
  for (const [index, match] of matches.entries()) {
    const { compatible } = match.verdict;
    const paint = compatible ? style.green : style.red;
    context.print(`${(pairs[index] ?? '').padEnd(width)}  ${paint(plain(verdictText(match)))}`);
    if (!compatible && matches.length === 1) context.print(...missingLines(match));
  }
}

function missingLines({ verdict }: Match): string[] {
  const { missing_methods: methods, missing_properties: properties, param_mismatches } = verdict;
  return [
    ...methods.map((name) => `  missing method    ${name}()`),
    ...properties.map((name) => `  missing property  ${name}`),
    ...param_mismatches.map(
      ({ method, protocol_params: wanted, surface_params: found }) =>
        `  other parameters  ${method}(${found.join(', ')}), wanted ${method}(${wanted.join(', ')}, …)`,
    ),
  ];
}

const documentOf = ({ capability, adapter, task, bound, here, verdict }: Match): object => ({
  capability,
  adapter,
  task,
  bound,
  here,
  ...verdict,
});
