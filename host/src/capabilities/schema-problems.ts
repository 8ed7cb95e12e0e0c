import type { z } from 'zod';
import { didYouMean } from './did-you-mean.ts';
import type { Problem, YamlText } from './yaml-text.ts';

type Issue = z.core.$ZodIssue;
interface SchemaNode {
  properties?: { [name: string]: SchemaNode };
  /** Of a mapping whose keys the author chooses. */
  additionalProperties?: SchemaNode | boolean;
  items?: SchemaNode;
  anyOf?: SchemaNode[];
  oneOf?: SchemaNode[];
  enum?: unknown[];
  const?: unknown;
}

/** What zod found wrong in a YAML file, each at its place, misspelt keys with the key that was meant. */
export function problemsOf(
  issues: readonly Issue[],
  yaml: YamlText,
  schema: SchemaNode,
): Problem[] {
  return issues.flatMap((issue) => problemsOfIssue(issue, [], yaml, schema));
}

function problemsOfIssue(
  issue: Issue,
  base: readonly PropertyKey[],
  yaml: YamlText,
  schema: SchemaNode,
): Problem[] {
  const path = [...base, ...issue.path];
  const place = yaml.position(path);
  const nodes = nodesAt([schema], path, yaml);
  if (issue.code === 'unrecognized_keys') {
    const known = nodes.flatMap(({ properties }) => Object.keys(properties ?? {}));
    return issue.keys.map((key) =>
      problem(`unknown key "${key}"`, yaml.keyPosition(path, key), didYouMean(key, unique(known))),
    );
  }
  if (issue.code === 'invalid_key') {
    const key = String(path.at(-1));
    const [inner] = issue.issues;
    const at = yaml.keyPosition(path.slice(0, -1), key);
    return [problem(`${nameOf(path.slice(0, -1))}: the name "${key}" ${inner?.message ?? ''}`, at)];
  }
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const branch = likelyBranch(issue.errors);
    return branch.flatMap((inner) => problemsOfIssue(inner, path, yaml, schema));
  }
  const name = nameOf(path);
  const value = valueAt(yaml.value, path);
  if (value === undefined && path.length > 0 && issue.code !== 'custom') {
    return [problem(`${name} is missing`, place)];
  }
  if (issue.code === 'invalid_value' || issue.code === 'invalid_union') {
    const known = unique(nodes.flatMap(choicesOf));
    const hint = didYouMean(String(value), known);
    return [problem(`${name} cannot be ${JSON.stringify(value)}`, place, hint)];
  }
  return [problem(`${name === '' ? 'the file' : name}: ${plain(issue.message)}`, place)];
}

/** Of a union's readings the one that fails deepest inside is what the author was writing. */
function likelyBranch(branches: readonly (readonly Issue[])[]): readonly Issue[] {
  const depth = (issues: readonly Issue[]) => {
    const isWrongKind = issues.some(
      ({ path, code }) => path.length === 0 && code === 'invalid_type',
    );
    return isWrongKind ? -1 : Math.max(...issues.map(({ path }) => path.length));
  };
  return branches.toSorted((a, b) => depth(b) - depth(a))[0] ?? [];
}

/** All schemas that could describe the value at a path; unions with a `kind` are narrowed by it. */
function nodesAt(
  from: readonly SchemaNode[],
  path: readonly PropertyKey[],
  yaml: YamlText,
): SchemaNode[] {
  let nodes = from.flatMap(alternatives);
  path.forEach((key, index) => {
    const kind = fieldOf(valueAt(yaml.value, path.slice(0, index)), 'kind');
    const narrowed = nodes.filter(({ properties }) => properties?.['kind']?.const === kind);
    nodes = (narrowed.length > 0 && key !== 'kind' ? narrowed : nodes)
      .map((node) => (typeof key === 'number' ? node.items : memberOf(node, String(key))))
      .filter((node) => node !== undefined)
      .flatMap(alternatives);
  });
  const kind = fieldOf(valueAt(yaml.value, path), 'kind');
  const narrowed = nodes.filter(({ properties }) => properties?.['kind']?.const === kind);
  return narrowed.length > 0 ? narrowed : nodes;
}

function memberOf(
  { properties, additionalProperties }: SchemaNode,
  name: string,
): SchemaNode | undefined {
  const own = Object.entries(properties ?? {}).find(([key]) => key === name)?.[1];
  return own ?? (typeof additionalProperties === 'object' ? additionalProperties : undefined);
}

const alternatives = (node: SchemaNode): SchemaNode[] => {
  const options = [...(node.anyOf ?? []), ...(node.oneOf ?? [])];
  return options.length === 0 ? [node] : options.flatMap(alternatives);
};

const choicesOf = (node: SchemaNode): string[] =>
  [...(node.enum ?? []), ...(node.const === undefined ? [] : [node.const])].map(String);

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let found = value;
  for (const key of path) found = fieldOf(found, key);
  return found;
}

function fieldOf(value: unknown, key: PropertyKey): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.entries(value).find(([name]) => name === String(key))?.[1];
}

const problem = (message: string, at: { line: number; column: number }, hint?: string): Problem =>
  hint === undefined ? { message, ...at } : { message, ...at, hint };

const unique = (words: readonly string[]): string[] => [...new Set(words)];

/** `capabilities[2].environment.python` */
const nameOf = (path: readonly PropertyKey[]): string =>
  path
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
    .replace(/^\./, '');

const kinds: { [name: string]: string } = {
  array: 'a list',
  object: 'a mapping',
  record: 'a mapping',
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  null: 'nothing',
};

/** The validator speaks of objects and arrays; who writes YAML knows mappings and lists. */
const plain = (message: string): string =>
  message
    .replace(/^Invalid (input|string): /, '')
    .replace(
      /^expected (\w+), received (\w+)$/,
      (_, wanted: string, found: string) =>
        `must be ${kinds[wanted] ?? wanted}, not ${kinds[found] ?? found}`,
    )
    .replace(/^Too small: expected \w+ to be >=?/, 'must be at least ')
    .replace(/^Too big: expected \w+ to be <=?/, 'must be at most ');
