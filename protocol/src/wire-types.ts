import type { Json, JsonObject } from './messages.ts';
import { BadValue, placeOf } from './place.ts';

// oxlint-disable-next-line typescript/no-explicit-any -- constructors differ in what they take
export type WireClass<Value extends object = object> = abstract new (...args: any[]) => Value;

/** How the values of a class travel. What is left out is read from the class. */
export interface WireTypeOptions<Value extends object> {
  /** The fields of a value, as plain as you like. Default: `toDict()`, else `toJSON()`, else its own members. */
  toDict?(value: Value): { [field: string]: unknown };
  /** The value of these fields. Default: the class's static `fromDict(data)`, else the flat rule below. */
  fromDict?(data: JsonObject): Value;
}

interface WireType {
  readonly kind: string;
  readonly cls: WireClass;
  toDict(value: object): unknown;
  fromDict(data: JsonObject): unknown;
}

const byKind = new Map<string, WireType>();
const byPrototype = new Map<object, WireType>();
const kindOfFile = 'capstan.file';

/**
 * Registers a class under a kind, so that its values arrive typed on a side that knows it:
 *
 *     class Segment { start!: number; end = 0 }
 *     registerWireType('acme.segment', Segment);
 *
 * Only values of exactly this class are tagged; those of a subclass travel as plain objects. Without a
 * `fromDict`, a value is made by `new Class()` and given the members that a fresh one has: others are dropped,
 * and one that a fresh value leaves `undefined` is required. Throws for a kind that another class has.
 */
export function registerWireType<Value extends object>(
  kind: string,
  cls: WireClass<Value>,
  options: WireTypeOptions<Value> = {},
): void {
  const known = byKind.get(kind);
  if (kind === kindOfFile || (known !== undefined && known.cls !== cls)) {
    const owner = known?.cls.name ?? 'the files of the protocol';
    throw new Error(`the kind ${JSON.stringify(kind)} is taken by ${owner}`);
  }
  const type: WireType = {
    kind,
    cls,
    toDict: (value) => options.toDict?.(value as Value) ?? toDictOf(value),
    fromDict: options.fromDict === undefined ? fromDictOf(cls) : (data) => options.fromDict?.(data),
  };
  byKind.set(kind, type);
  byPrototype.set(cls.prototype, type);
}

/** The kind and the fields of a value whose exact class is registered; null for all others. */
export function tagged(value: object): { kind: string; data: unknown } | null {
  if (byPrototype.size === 0) return null;
  const type = byPrototype.get(Object.getPrototypeOf(value));
  return type === undefined ? null : { kind: type.kind, data: type.toDict(value) };
}

/**
 * A value that arrived, with each tagged object of a registered kind turned into its class, at any depth.
 * `revive` has the first word on every tagged object. Throws BadValue for a known kind without a required field.
 */
export function typedValue(value: Json, revive?: Revive): unknown {
  return typed(value, revive, []);
}

type Revive = (tagged: JsonObject) => unknown;

/** Copies only what changes: most values hold nothing that is tagged. */
function typed(value: Json, revive: Revive | undefined, path: (string | number)[]): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return typedItems(value, revive, path);
  const kind = value['__wire__'];
  if (typeof kind !== 'string') return typedMembers(value, revive, path);
  const revived = revive?.(value);
  if (revived !== undefined) return revived;
  const type = byKind.get(kind);
  const decoded = typedMembers(value, revive, path);
  if (type === undefined) return decoded;
  const data = decoded['data'];
  const place = (): string => placeOf([...path, 'data']);
  if (!isObject(data)) {
    throw new BadValue(place(), `must be an object, because ${kind} has fields`);
  }
  try {
    return type.fromDict(data as JsonObject);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new BadValue(place(), `is no ${kind}: ${why}`, { cause: error });
  }
}

function typedItems(
  items: Json[],
  revive: Revive | undefined,
  path: (string | number)[],
): unknown[] {
  let copy: unknown[] | undefined;
  for (let index = 0; index < items.length; index++) {
    const item = items[index]!;
    if (typeof item !== 'object' || item === null) continue;
    path.push(index);
    const found = typed(item, revive, path);
    path.pop();
    if (found === item) continue;
    copy ??= items.slice();
    copy[index] = found;
  }
  return copy ?? items;
}

function typedMembers(
  value: JsonObject,
  revive: Revive | undefined,
  path: (string | number)[],
): { [name: string]: unknown } {
  let copy: { [name: string]: unknown } | undefined;
  for (const key of Object.keys(value)) {
    const member = value[key]!;
    if (typeof member !== 'object' || member === null) continue;
    path.push(key);
    const found = typed(member, revive, path);
    path.pop();
    if (found === member) continue;
    // not by assignment: a member called `__proto__` is a member like any other
    copy ??= Object.fromEntries(Object.entries(value));
    Object.defineProperty(copy, key, {
      value: found,
      writable: true,
      enumerable: true,
      configurable: true,
    });
  }
  return copy ?? value;
}

function toDictOf(value: object): unknown {
  for (const name of ['toDict', 'toJSON']) {
    const method: unknown = Reflect.get(value, name);
    if (typeof method === 'function') return method.call(value);
  }
  return { ...value };
}

function fromDictOf<Value extends object>(cls: WireClass<Value>): (data: JsonObject) => unknown {
  const own: unknown = Reflect.get(cls, 'fromDict');
  if (typeof own === 'function') return (data) => own.call(cls, data);
  return (data) => flatFromDict(cls as unknown as new () => object, data);
}

function flatFromDict(cls: new () => object, data: JsonObject): object {
  const value = new cls();
  const missing: string[] = [];
  for (const [name, initial] of Object.entries(value)) {
    if (Object.hasOwn(data, name)) Reflect.set(value, name, data[name]);
    else if (initial === undefined) missing.push(name);
  }
  if (missing.length === 0) return value;
  throw new Error(`${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing`);
}

const isObject = (value: unknown): value is { [name: string]: unknown } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
