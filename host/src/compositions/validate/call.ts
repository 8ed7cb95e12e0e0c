import { nearest, type ActionDescription } from '@capstan/protocol';
import {
  type Callee,
  calleeNames,
  calleeOf,
  type Catalog,
  type CatalogEntry,
  type CompositionNode,
  type JsonPath,
  own,
} from '../composition.ts';
import { suggest } from '../suggest.ts';
import type { Problem } from '../problems.ts';

/** What a node calls, or what is wrong with the names it gives. */
export type FoundCall =
  | ({ kind: 'found'; call: ActionDescription } & Callee)
  | { kind: 'unknown'; problem: Problem };

/** Looks up capability or instance, action, task and method of a node. */
export function findCall(node: CompositionNode, path: JsonPath, catalog: Catalog): FoundCall {
  const wrong = (key: string, message: string, hint: string): FoundCall => ({
    kind: 'unknown',
    problem: { severity: 'error', message, hint, path: [...path, key] },
  });
  const { use, action, task, method } = node;
  const callee = calleeOf(use, catalog);
  const entry = callee === null ? undefined : own(catalog.capabilities, callee.capability);
  if (callee === null || entry === undefined) {
    return wrong('use', unknownName(use, catalog), suggestCapability(use, catalog));
  }
  if (!entry.installed) {
    const { capability } = callee;
    return wrong(
      'use',
      `capability "${capability}" is declared, but not installed`,
      `run \`capstan install ${capability}\``,
    );
  }
  if (action !== undefined) {
    const call = own(entry.actions, action);
    if (call !== undefined) return { kind: 'found', call, ...callee };
    return wrong('action', `"${use}" has no action "${action}"`, suggestAction(action, use, entry));
  }
  const methods = own(entry.tasks, task ?? '');
  if (methods === undefined) {
    return wrong(
      'task',
      `"${use}" does not do the task "${task}"`,
      suggest(task ?? '', Object.keys(entry.tasks), 'tasks'),
    );
  }
  const call = own(methods, method ?? '');
  if (call !== undefined) return { kind: 'found', call, ...callee };
  return wrong(
    'method',
    `task "${task}" of "${use}" has no method "${method}"`,
    suggest(method ?? '', Object.keys(methods), 'methods'),
  );
}

/** An action that exists as a method of a task is worth pointing out before any likeness of names. */
function suggestAction(action: string, use: string, entry: CatalogEntry): string {
  const task = Object.entries(entry.tasks).find(([, methods]) => Object.hasOwn(methods, action));
  if (task !== undefined)
    return `it is a method of a task: write \`task: ${task[0]}\` and \`method: ${action}\``;
  return suggest(action, Object.keys(entry.actions), `actions of ${use}`);
}

/** Where instances have names, what is missing may be one of either. */
const unknownName = (use: string, { instances = {} }: Catalog): string =>
  Object.keys(instances).length === 0
    ? `unknown capability "${use}"`
    : `unknown capability or instance "${use}"`;

function suggestCapability(use: string, catalog: Catalog): string {
  const { capabilities } = catalog;
  const guess = nearest(use, calleeNames(catalog));
  const installed = Object.keys(capabilities).filter((name) => capabilities[name]?.installed);
  const list = `installed: ${installed.length === 0 ? 'none' : installed.join(', ')}`;
  return guess === null ? list : `did you mean "${guess}"? ${list}`;
}
