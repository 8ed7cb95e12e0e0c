import type { Json, JsonObject, JsonSchema } from './messages.ts';

export const isJsonObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** References within references a schema may need before it is taken for endless. */
const mostHops = 64;

/**
 * All schemas that speak about the same value as this one: what it refers to inside its own document, and
 * what it combines. `whole` is the document that references are resolved in.
 */
export function partsOf(schema: Json | undefined, whole: JsonSchema): JsonSchema[] {
  const found: JsonSchema[] = [];
  const seen = new Set<JsonSchema>();
  const visit = (node: Json | undefined, hops: number): void => {
    if (!isJsonObject(node) || seen.has(node) || hops > mostHops) return;
    seen.add(node);
    found.push(node);
    visit(referenced(node['$ref'], whole), hops + 1);
    for (const keyword of ['allOf', 'anyOf', 'oneOf'] as const) {
      const options = node[keyword];
      if (Array.isArray(options)) for (const option of options) visit(option, hops + 1);
    }
    for (const keyword of ['if', 'then', 'else'] as const) visit(node[keyword], hops + 1);
  };
  visit(schema, 0);
  return found;
}

/** As `partsOf`, but only what surely applies: no alternatives. */
export function certainPartsOf(schema: Json | undefined, whole: JsonSchema): JsonSchema[] {
  const found: JsonSchema[] = [];
  const seen = new Set<JsonSchema>();
  const visit = (node: Json | undefined, hops: number): void => {
    if (!isJsonObject(node) || seen.has(node) || hops > mostHops) return;
    seen.add(node);
    found.push(node);
    visit(referenced(node['$ref'], whole), hops + 1);
    if (Array.isArray(node['allOf'])) for (const part of node['allOf']) visit(part, hops + 1);
  };
  visit(schema, 0);
  return found;
}

/** What `#/$defs/name` names; nothing for references to elsewhere. */
function referenced(ref: Json | undefined, whole: JsonSchema): Json | undefined {
  if (typeof ref !== 'string' || !/^#(\/|$)/.test(ref)) return undefined;
  let found: Json | undefined = whole;
  for (const part of ref.split('/').slice(1)) {
    const name = decoded(part);
    if (Array.isArray(found)) found = found[Number(name)];
    else found = isJsonObject(found) && Object.hasOwn(found, name) ? found[name] : undefined;
  }
  return found;
}

/** JSON pointers write `/` as `~1` and `~` as `~0`; in a reference they are a URI's fragment besides. */
function decoded(part: string): string {
  let text = part;
  try {
    text = decodeURIComponent(part);
  } catch {
    // not encoded then
  }
  return text.replaceAll('~1', '/').replaceAll('~0', '~');
}
