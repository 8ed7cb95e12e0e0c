import type { FileValue } from '@capstan/protocol';

// oxlint-disable-next-line typescript/no-explicit-any -- only `any` can be taken apart without casts
type Anything = any;

declare const referred: unique symbol;

/**
 * A value that will be there when the run gets to it. Its keys and items are references too, and as text,
 * also inside a template, it is `${{ … }}`. Of an unknown type everything may be referred to.
 */
export type Reference<T = Anything> = 0 extends 1 & T
  ? Anything
  : { readonly [referred]: T; toString(): string } & (T extends object
      ? { readonly [K in keyof T]-?: Reference<T[K]> }
      : unknown);

/** What a reference to a file offers. */
export type FileReference = Reference<Required<FileValue>>;

/** A reference that starts at `root`, such as `nodes.wav.output`. */
export function referenceTo<T>(root: string): Reference<T> {
  const print = (): string => `\${{ ${root} }}`;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the type says what the proxy stands for
  return new Proxy(Object.freeze({}), {
    get(_, key) {
      if (isPrinter(key)) return print;
      return typeof key === 'symbol' ? undefined : referenceTo(root + stepTo(key));
    },
    has: (_, key) => isPrinter(key),
  }) as Reference<T>;
}

const isPrinter = (key: string | symbol): boolean =>
  key === Symbol.toPrimitive || key === 'toString' || key === 'toJSON';

function stepTo(key: string): string {
  if (/^\d+$/.test(key)) return `[${key}]`;
  return /^[A-Za-z_][A-Za-z0-9_-]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}
