import { isDeepStrictEqual } from 'node:util';
import type { Json, JsonSchema, StructuralSurface } from '@capstan/protocol';
import { canonicalHash } from './python-json.ts';

/** The recorded parts that a live worker, or a new look at the code, may contradict. */
export const witnesses = ['config_schema', 'structural_surface'] as const;
export type Witness = (typeof witnesses)[number];

/** One thing that is not as it was recorded. */
export interface Difference {
  part: Witness;
  kind: 'added' | 'removed' | 'changed';
  what: 'setting' | 'method' | 'property' | 'attribute' | 'schema';
  name: string;
  /** In words: `the setting "rate" is new`. */
  text: string;
}

/** What the settings of two schemas differ in: those that came, those that went, and what changed of the others. */
export function schemaDifferences(
  recorded: JsonSchema | null,
  live: JsonSchema | null,
): Difference[] {
  const before = settingsOf(recorded);
  const after = settingsOf(live);
  const part = 'config_schema';
  const settings = namesOf(before, after).flatMap((name): Difference[] => {
    const was = before[name];
    const is = after[name];
    const subject = `the setting "${name}"`;
    if (was === undefined) return [difference(part, 'added', 'setting', name, `${subject} is new`)];
    if (is === undefined)
      return [difference(part, 'removed', 'setting', name, `${subject} is gone`)];
    return memberChanges(was, is).map((text) =>
      difference(part, 'changed', 'setting', name, `${subject}: ${text}`),
    );
  });
  const around = memberChanges(withoutSettings(recorded), withoutSettings(live)).map((text) =>
    difference(part, 'changed', 'schema', '', `of the schema as a whole, ${text}`),
  );
  return [...settings, ...around];
}

/** What two surfaces differ in: methods, their parameters, properties and attributes. */
export function surfaceDifferences(
  recorded: StructuralSurface | null,
  live: StructuralSurface | null,
): Difference[] {
  const before = membersOf(recorded);
  const after = membersOf(live);
  const part = 'structural_surface';
  return (['method', 'property', 'attribute'] as const).flatMap((what) =>
    namesOf(before[what], after[what]).flatMap((name): Difference[] => {
      const was = before[what][name];
      const is = after[what][name];
      const subject = `the ${what} ${name}${what === 'method' ? '()' : ''}`;
      if (was === undefined) return [difference(part, 'added', what, name, `${subject} is new`)];
      if (is === undefined) return [difference(part, 'removed', what, name, `${subject} is gone`)];
      if (was === is) return [];
      const text =
        what === 'method' ? `${name}${was} is now ${name}${is}` : `${subject} was ${was}, is ${is}`;
      return [difference(part, 'changed', what, name, text)];
    }),
  );
}

/**
 * Whether a live value contradicts what is recorded of it. Numbers are compared as JavaScript reads them, so
 * that a `1.0` that came back as `1` is no difference. Without the recorded value its hash decides.
 */
export function contradicts(
  recorded: Json | undefined,
  recordedHash: string | null,
  live: Json,
): boolean {
  const hash = recorded === undefined ? recordedHash : canonicalHash(asJavaScript(recorded));
  return hash !== null && hash !== canonicalHash(live);
}

const asJavaScript = (value: Json): Json => {
  const copy: Json = JSON.parse(JSON.stringify(value));
  return copy;
};

const difference = (
  part: Witness,
  kind: Difference['kind'],
  what: Difference['what'],
  name: string,
  text: string,
): Difference => ({ part, kind, what, name, text });

type Members = { [name: string]: Json };

const asMembers = (value: unknown): Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Members) : {};

const settingsOf = (schema: JsonSchema | null): { [name: string]: Members } =>
  Object.fromEntries(
    Object.entries(asMembers(schema?.['properties'])).map(([name, one]) => [name, asMembers(one)]),
  );

function withoutSettings(schema: JsonSchema | null): Members {
  const { properties: _, ...rest } = asMembers(schema);
  return rest;
}

const namesOf = (...members: { [name: string]: unknown }[]): string[] =>
  [...new Set(members.flatMap(Object.keys))].toSorted();

function memberChanges(before: Members, after: Members): string[] {
  return namesOf(before, after)
    .filter((key) => !isDeepStrictEqual(before[key], after[key]))
    .map((key) => `${key} was ${shown(before[key])}, is ${shown(after[key])}`);
}

function shown(value: Json | undefined): string {
  if (value === undefined) return 'not there';
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

/** Names with what is compared of each: how a method is called, what an attribute is. */
function membersOf(surface: StructuralSurface | null): {
  [what in 'method' | 'property' | 'attribute']: { [name: string]: string };
} {
  const {
    methods = [],
    properties = [],
    attributes = [],
  }: Partial<StructuralSurface> = surface ?? {};
  return {
    method: Object.fromEntries(methods.map(({ name, signature }) => [name, signature])),
    property: Object.fromEntries(properties.map((name) => [name, ''])),
    attribute: Object.fromEntries(attributes.map(({ name, type }) => [name, type])),
  };
}
