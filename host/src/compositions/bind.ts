import { isTaggedFile, type Json, type JsonObject } from '@capstan/protocol';
import { HostError } from '../errors.ts';
import { type JsonPath, own } from './composition.ts';
import { parseTemplate, type Reference } from './references.ts';

/** What references may refer to at the moment they are bound. */
export interface BindScope {
  inputs: JsonObject;
  /** Output of a completed node. */
  outputOf(nodeId: string): Json;
  /** What may stand for the whole of a large value that is handed on as it is. */
  standIn?(root: Reference['root']): Json | undefined;
}

/**
 * A copy of a template with every reference replaced by its value. Throws REFERENCE_UNRESOLVED, naming the
 * path and what was there instead. This module is also loaded by the store's writer, which binds a node's
 * inputs in the transaction that makes its job; hence it imports nothing that is slow to load.
 */
export function bind(template: Json, scope: BindScope): Json {
  if (typeof template === 'string') return bindText(template, scope);
  if (Array.isArray(template)) return template.map((item) => bind(item, scope));
  if (typeof template !== 'object' || template === null) return template;
  return Object.fromEntries(
    Object.entries(template).map(([key, item]) => [key, bind(item, scope)]),
  );
}

function bindText(text: string, scope: BindScope): Json {
  if (!text.includes('${{')) return text;
  const { template } = parseTemplate(text);
  if (template.kind === 'literal') return template.text;
  if (template.kind === 'whole') {
    const { path, root } = template.reference;
    const standIn = path.length === 0 ? scope.standIn?.(root) : undefined;
    return standIn ?? valueOf(template.reference, scope);
  }
  return template.parts
    .map((part) => (typeof part === 'string' ? part : asText(valueOf(part, scope), part)))
    .join('');
}

function valueOf(reference: Reference, scope: BindScope): Json {
  const { root } = reference;
  let value: Json;
  let walked: string;
  if ('node' in root) {
    value = scope.outputOf(root.node);
    walked = `nodes.${root.node}.output`;
  } else {
    const given = own(scope.inputs, root.input);
    if (given === undefined) throw unresolved(reference, `the run has no input "${root.input}"`);
    value = given;
    walked = `inputs.${root.input}`;
  }
  for (const step of reference.path) {
    const next = stepInto(value, step);
    if (next === undefined) throw unresolved(reference, `${walked} ${contents(value, step)}`);
    value = next;
    walked += typeof step === 'number' ? `[${step}]` : `.${step}`;
  }
  return value;
}

function stepInto(value: Json, step: string | number): Json | undefined {
  if (Array.isArray(value)) return typeof step === 'number' ? value[step] : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  const direct = own(value, String(step));
  if (direct !== undefined || typeof value['__wire__'] !== 'string') return direct;
  const data = value['data'];
  return typeof data === 'object' && data !== null ? stepInto(data, step) : undefined;
}

function contents(value: Json, step: string | number): string {
  if (Array.isArray(value)) {
    const size = value.length === 1 ? '1 item' : `${value.length} items`;
    return `is a list of ${size}, so it has no ${typeof step === 'number' ? `[${step}]` : `"${step}"; write [0]`}`;
  }
  if (typeof value !== 'object' || value === null) {
    const text = JSON.stringify(value);
    return `is ${text.length > 60 ? `${text.slice(0, 57)}…` : text}, which has no parts`;
  }
  const data = typeof value['__wire__'] === 'string' ? value['data'] : value;
  const keys = Object.keys(data ?? {});
  const what = isTaggedFile(value) ? 'is a file with' : 'has';
  return `has no "${step}"; it ${what} ${keys.length === 0 ? 'no keys' : `${keys.slice(0, 20).join(', ')}${keys.length > 20 ? ', …' : ''}`}`;
}

function asText(value: Json, reference: Reference): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (isTaggedFile(value)) return value.data.path;
  const kind = value === null ? 'null' : Array.isArray(value) ? 'a list' : 'an object';
  throw unresolved(
    reference,
    `it is ${kind}, which cannot stand inside a text`,
    'let the reference be the whole value, or refer to a part of it',
  );
}

function unresolved(reference: Reference, why: string, hint?: string): HostError {
  const root: JsonPath =
    'node' in reference.root ? ['nodes', reference.root.node] : ['inputs', reference.root.input];
  return new HostError('REFERENCE_UNRESOLVED', `\${{ ${reference.text} }} leads nowhere: ${why}`, {
    ...(hint === undefined ? {} : { hint }),
    details: { reference: reference.text, root: root.join('.') },
  });
}
