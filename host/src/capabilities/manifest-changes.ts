import { isDeepStrictEqual } from 'node:util';
import type { JsonObject } from '@capstan/protocol';
import { schemaDifferences, surfaceDifferences } from './drift.ts';
import type { Manifest } from './manifest.ts';

/** What a newer manifest of a capability says otherwise about what it offers, in sentences; none when nothing. */
export function manifestChanges(before: Manifest, after: Manifest): string[] {
  return [
    ...facts.flatMap((member) =>
      before.code[member] === after.code[member]
        ? []
        : [`its ${member} was "${before.code[member]}", is "${after.code[member]}"`],
    ),
    ...named('action', before.capstan?.actions ?? {}, after.capstan?.actions ?? {}),
    ...named('task', tasksOf(before), tasksOf(after)),
    ...schemaDifferences(before.code.config_schema ?? null, after.code.config_schema ?? null).map(
      ({ text }) => text,
    ),
    ...surfaceDifferences(
      before.code.structural_surface ?? null,
      after.code.structural_surface ?? null,
    ).map(({ text }) => text),
    ...named('variable', variablesOf(before), variablesOf(after)),
    ...named('resource', before.code.resources ?? {}, after.code.resources ?? {}),
  ];
}

const facts = ['version', 'description', 'module', 'class'] as const;

type Members = { [name: string]: unknown };

function named(what: string, before: Members, after: Members): string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].toSorted();
  return names.flatMap((name) => {
    const subject = `the ${what} ${name}`;
    if (!Object.hasOwn(before, name)) return [`${subject} is new`];
    if (!Object.hasOwn(after, name)) return [`${subject} is gone`];
    if (isDeepStrictEqual(before[name], after[name])) return [];
    const parts = changedMembers(before[name], after[name]);
    return [parts === '' ? `${subject} has changed` : `${subject} has changed: ${parts}`];
  });
}

function changedMembers(before: unknown, after: unknown): string {
  if (!isObject(before) || !isObject(after)) return '';
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names.filter((name) => !isDeepStrictEqual(before[name], after[name])).join(', ');
}

const isObject = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const tasksOf = ({ capstan }: Manifest): Members =>
  Object.fromEntries(
    (capstan?.adapters ?? []).map(({ task_name: task, name, methods }) => [
      task,
      { name, methods },
    ]),
  );

const variablesOf = ({ code }: Manifest): Members =>
  Object.fromEntries(
    (code.worker_env ?? []).map((one: JsonObject) => [String(one['name'] ?? ''), one]),
  );
