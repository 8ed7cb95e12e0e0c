import { messageOf } from '../../errors.ts';
import { YamlText } from '../yaml-text.ts';
import type { Finding } from './finding.ts';

export type Mapping = { readonly [name: string]: unknown };
export type Path = readonly (string | number)[];

/** A JSON document that knows where everything stands in it, and gathers what is wrong. */
export class JsonDocument {
  readonly file: string;
  readonly value: unknown;
  readonly findings: Finding[] = [];
  readonly #places: YamlText | null;

  constructor(text: string, file: string) {
    this.file = file;
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (error) {
      this.#places = null;
      const at = /line (\d+) column (\d+)/.exec(messageOf(error));
      this.findings.push({
        file,
        line: Number(at?.[1] ?? 1),
        column: Number(at?.[2] ?? 1),
        severity: 'error',
        code: 'json',
        message: `it is not JSON: ${messageOf(error)}`,
      });
      return;
    }
    this.value = value;
    this.#places = new YamlText(text, file); // JSON is YAML, and its parser keeps the places
  }

  /** Notes something about the value at a path; of one that is missing, the nearest parent is shown. */
  note(severity: Finding['severity'], code: string, path: Path, message: string, hint?: string) {
    const place = this.#places?.position(path) ?? { line: 1, column: 1 };
    const { file } = this;
    const finding: Finding = { file, ...place, severity, code, message };
    this.findings.push(hint === undefined ? finding : { ...finding, hint });
  }

  at(path: Path): unknown {
    let found: unknown = this.value;
    for (const key of path) {
      found = isMapping(found) || Array.isArray(found) ? Reflect.get(found, key) : undefined;
    }
    return found;
  }
}

export const isMapping = (value: unknown): value is Mapping =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const nameOf = (path: Path): string =>
  path
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${key}`))
    .join('')
    .replace(/^\./, '');
