import { nearest, type ActionDescription } from '@capstan/protocol';
import {
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
  | { kind: 'found'; call: ActionDescription }
  | { kind: 'unknown'; problem: Problem };

/** Looks up capability, action, task and method of a node. */
export function findCall(node: CompositionNode, path: JsonPath, catalog: Catalog): FoundCall {
  const wrong = (key: string, message: string, hint: string): FoundCall => ({
    kind: 'unknown',
    problem: { severity: 'error', message, hint, path: [...path, key] },
  });
  const { use, action, task, method } = node;
  const entry = own(catalog.capabilities, use);
  if (entry === undefined) {
    return wrong('use', `unknown capability "${use}"`, suggestCapability(use, catalog));
  }
  if (!entry.installed) {
    return wrong(
      'use',
      `capability "${use}" is declared, but not installed`,
      `run \`capstan install ${use}\``,
    );
  }
  if (action !== undefined) {
    const call = own(entry.actions, action);
    if (call !== undefined) return { kind: 'found', call };
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
  if (call !== undefined) return { kind: 'found', call };
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

function suggestCapability(use: string, { capabilities }: Catalog): string {
  const guess = nearest(use, Object.keys(capabilities));
  const installed = Object.keys(capabilities).filter((name) => capabilities[name]?.installed);
  const list = `installed: ${installed.length === 0 ? 'none' : installed.join(', ')}`;
  return guess === null ? list : `did you mean "${guess}"? ${list}`;
}
