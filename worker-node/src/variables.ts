import { type JsonObject, nearest } from '@capstan/protocol';
import type { EnvironmentVariable } from './capability.ts';
import { InputError } from './errors.ts';

const kinds: { [member: string]: 'text' | 'flag' | 'texts' } = {
  name: 'text',
  secret: 'flag',
  required: 'flag',
  label: 'text',
  description: 'text',
  default: 'text',
  options: 'texts',
  exported: 'flag',
};

const words = { text: 'a text', flag: 'true or false', texts: 'a list of texts' };

/** The declared variables as the introspection carries them. Throws an InputError with every mistake. */
export function describeVariables(declared: readonly EnvironmentVariable[]): JsonObject[] {
  const names = declared.map(({ name }) => name);
  const problems = declared.flatMap((one, index) => {
    const isFirst = names.indexOf(one.name) === index;
    return [...problemsOf(one), ...(isFirst ? [] : ['it is declared twice'])].map(
      (problem) => `environment[${index}] ${nameIn(one)}: ${problem}`,
    );
  });
  if (problems.length > 0) throw new InputError(problems.join('; '));
  return declared.map(({ name, secret = false, required = false, exported = true, ...said }) => ({
    name,
    secret,
    required,
    ...said,
    ...(exported ? {} : { exported }),
  }));
}

function problemsOf(declared: EnvironmentVariable): string[] {
  const { secret, default: fallback, options } = declared;
  const wrong = Object.entries(declared).flatMap(([member, value]) => {
    const kind = Object.hasOwn(kinds, member) ? kinds[member] : undefined;
    if (kind === undefined) return [unknownMember(member)];
    return value === undefined || isOf(kind, value) ? [] : [`${member} must be ${words[kind]}`];
  });
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(nameIn(declared))) {
    wrong.push('its name must be that of an environment variable');
  }
  if (wrong.length > 0 || fallback === undefined) return wrong;
  if (secret === true) return ['a secret has no default: everyone can read a manifest'];
  const isOffered = options === undefined || options.length === 0 || options.includes(fallback);
  // What a template becomes is known only where it is used.
  if (isOffered || fallback.includes('${')) return [];
  return [`its default ${fallback} is none of its options: ${options.join(', ')}`];
}

/** What an author wrote need not be what the types ask for. */
const nameIn = ({ name }: { name?: unknown }): string => (typeof name === 'string' ? name : '');

function unknownMember(member: string): string {
  const known = Object.keys(kinds);
  const close = nearest(member, known);
  return `${member} is unknown; ${close === null ? `there are ${known.join(', ')}` : `did you mean ${close}?`}`;
}

function isOf(kind: keyof typeof words, value: unknown): boolean {
  if (kind === 'texts') {
    return Array.isArray(value) && value.every((item) => typeof item === 'string');
  }
  return typeof value === (kind === 'text' ? 'string' : 'boolean');
}
