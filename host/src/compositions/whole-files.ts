import type { Json } from '@capstan/protocol';
import { type Catalog, type Composition, isObject } from './composition.ts';
import { parseTemplate } from './references.ts';
import { type SchemaAt, schemaAt, stepInto, takesFile } from './schemas/navigate.ts';
import { World } from './validate/world.ts';

/**
 * The composition with `${{ nodes.wav.output.path }}` written as `${{ nodes.wav.output }}` wherever a file is
 * taken: a path alone would lose what is known of the file, and tools take files only as such.
 */
export function handFilesWhole(composition: Composition, catalog: Catalog): Composition {
  const world = new World(composition, catalog);
  const nodes = Object.entries(composition.nodes).map(([id, node]) => {
    const call = world.calls.get(id);
    if (call === undefined) return [id, node];
    const bound = withFiles(world, schemaAt(call.input), node.with);
    return [id, isObject(bound) ? { ...node, with: bound } : node];
  });
  return { ...composition, nodes: Object.fromEntries(nodes) };
}

function withFiles(world: World, to: SchemaAt, value: Json): Json {
  if (typeof value === 'string') return takesFile(to) ? wholeFile(world, value) : value;
  const inside = (step: string | number, part: Json): Json => {
    const next = stepInto(to, step);
    return next.kind === 'found' ? withFiles(world, next.at, part) : part;
  };
  if (Array.isArray(value)) return value.map((item, index) => inside(index, item));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, inside(key, part)]));
}

function wholeFile(world: World, text: string): string {
  const { template } = parseTemplate(text);
  const file = template.kind === 'whole' ? world.fileOfPath(template.reference) : undefined;
  return file === undefined ? text : `\${{ ${file.text} }}`;
}
