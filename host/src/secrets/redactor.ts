import type { Json } from '@capstan/protocol';

/** Takes the values of one capability's secrets out of whatever is said about it. */
export class Redactor {
  readonly #values: readonly { name: string; value: string }[];

  /** `secrets`: by name, as the worker gets them. */
  constructor(secrets: { readonly [name: string]: string } = {}) {
    this.#values = Object.entries(secrets).map(([name, value]) => ({ name, value }));
  }

  /** Nothing to take out: callers may skip it altogether. */
  get isEmpty(): boolean {
    return this.#values.length === 0;
  }

  text(text: string): string {
    return this.#values.reduce(
      (shown, { name, value }) => shown.replaceAll(value, `[secret ${name}]`),
      text,
    );
  }

  /** A copy without them, in keys and values; the value itself where it holds none. */
  json(value: Json): Json {
    if (this.isEmpty) return value;
    if (typeof value === 'string') return this.text(value);
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map((item) => this.json(item));
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [this.text(key), this.json(item)]),
    );
  }
}
