import type { JsonObject } from '@capstan/protocol';
import { z } from 'zod';
import { listed, nearest } from '../kernel/nearest.ts';
import { parseAmount } from '../kernel/index.ts';
import type { WorkspaceText } from './schema.ts';
import type { Problem, YamlText } from './yaml-text.ts';

/**
 * What calls of a capability are taken to need until somebody has measured it, by resource and in base units: bytes,
 * thousandths of a core, pieces.
 */
export interface Needs {
  readonly [resource: string]: number;
}

const measured = ['ram', 'cpu', 'gpu/vram'];
const isMeasured = (name: string): boolean =>
  measured.includes(name) || /^gpu:\d{1,3}\/vram$/.test(name);

/** Words for the same that others use. */
const otherWords: { readonly [word: string]: string } = {
  memory: 'ram',
  mem: 'ram',
  rss: 'ram',
  cpus: 'cpu',
  cores: 'cpu',
  threads: 'cpu',
  gpu: 'gpu/vram',
  vram: 'gpu/vram',
  'gpu/memory': 'gpu/vram',
};

const amount = z.union([z.string(), z.number()]);

/** As it stands in `capstan.yaml`; whether the words are right is for `needProblems` to say, which knows all names. */
export const needsText = z
  .record(z.string(), amount)
  .describe(
    'A first guess of what its calls need, until it is measured: ram: 2GiB, gpu/vram: 8GiB, cpu: 2.',
  );

export const needsOf = (written: { readonly [resource: string]: string | number }): Needs =>
  Object.fromEntries(
    Object.entries(written).flatMap(([resource, said]) => {
      const parsed = parseAmount(said, resource);
      return parsed.kind === 'amount' ? [[resource, parsed.amount]] : [];
    }),
  );

/** What is wrong with the needs of all capabilities and instances of a workspace, each at its place. */
export function needProblems(workspace: WorkspaceText, yaml: YamlText): Problem[] {
  const counted = Object.keys(workspace.resources ?? {});
  const problems: Problem[] = [];
  const check = (needs: { [resource: string]: string | number }, path: (string | number)[]) => {
    for (const [resource, said] of Object.entries(needs)) {
      const wrongName = nameProblem(resource, counted);
      if (wrongName !== null) {
        problems.push({ message: wrongName, ...yaml.keyPosition(path, resource) });
        continue;
      }
      const parsed = parseAmount(said, resource);
      if (parsed.kind === 'amount') continue;
      const message = `${parsed.reason}. ${parsed.hint}`;
      problems.push({ message, ...yaml.position([...path, resource]) });
    }
  };
  for (const [index, capability] of (workspace.capabilities ?? []).entries()) {
    check(capability.resources ?? {}, ['capabilities', index, 'resources']);
    for (const [id, instance] of Object.entries(capability.instances ?? {})) {
      check(instance?.resources ?? {}, ['capabilities', index, 'instances', id, 'resources']);
    }
  }
  return problems;
}

function nameProblem(name: string, counted: readonly string[]): string | null {
  if (isMeasured(name) || counted.includes(name)) return null;
  const known = [...measured, 'gpu:0/vram', ...counted];
  const meant = otherWords[name.toLowerCase()] ?? nearest(name, known);
  const said = `there is no resource "${name}"`;
  if (meant !== null) return `${said}; did you mean ${meant}?`;
  return `${said}: there are ${listed(known)}, and those that \`resources:\` of this file counts`;
}

/**
 * What a manifest says for its author: the members of its `resources` that are amounts. What cannot be read is a
 * warning, and left out: it is a guess anyway.
 */
export function manifestNeeds(resources: JsonObject | undefined): {
  needs: Needs;
  warnings: string[];
} {
  const needs: { [resource: string]: number } = {};
  const warnings: string[] = [];
  for (const [resource, said] of Object.entries(resources ?? {})) {
    if (!isMeasured(resource)) continue;
    const isText = typeof said === 'string' || typeof said === 'number';
    const parsed = isText ? parseAmount(said, resource) : null;
    if (parsed?.kind === 'amount') needs[resource] = parsed.amount;
    else {
      const why = parsed?.reason ?? `${JSON.stringify(said)} is no amount of ${resource}`;
      warnings.push(`its manifest says under "resources" what cannot be read: ${why}`);
    }
  }
  return { needs, warnings };
}
