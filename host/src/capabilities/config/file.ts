import type { Json, JsonObject } from '@capstan/protocol';
import { HostError } from '../../errors.ts';
import { readYamlText } from '../read-text.ts';
import { problemsError, YamlText } from '../yaml-text.ts';

/** Settings from a file of YAML or JSON. Throws FILE_NOT_FOUND, and CONFIG_INVALID with line and column. */
export async function readSettings(file: string): Promise<JsonObject> {
  const missing = (cause: unknown) =>
    new HostError('FILE_NOT_FOUND', `There is no file ${file}.`, { cause, details: { file } });
  const text = await readYamlText(file, missing).catch((error: unknown) => {
    if (!(error instanceof HostError) || error.code !== 'DECLARATION_INVALID') throw error;
    const { message, hint, details, cause } = error;
    throw new HostError('CONFIG_INVALID', message, { ...(hint && { hint }), details, cause });
  });
  return settingsIn(text, file);
}

/** The same of a text; `file` is what it is called in errors. */
export function settingsIn(text: string, file: string): JsonObject {
  const yaml = new YamlText(text.replace(/^\uFEFF/, ''), file);
  if (yaml.problems.length > 0) throw problemsError('CONFIG_INVALID', file, yaml.problems);
  const { value } = yaml;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const message = 'there must be a mapping of settings, such as `{model: large}`';
    throw problemsError('CONFIG_INVALID', file, [{ message, line: 1, column: 1 }]);
  }
  // YAML can say things JSON cannot (dates, infinities); they become what JSON makes of them.
  const settings: { [name: string]: Json } = JSON.parse(JSON.stringify(value));
  return settings;
}
