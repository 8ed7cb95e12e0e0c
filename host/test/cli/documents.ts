import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';

const folder = fileURLToPath(new URL('../../schemas/cli/', import.meta.url));
const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true });
for (const file of readdirSync(folder)) {
  ajv.addSchema(JSON.parse(readFileSync(`${folder}${file}`, 'utf8')) as object);
}

// oxlint-disable-next-line typescript/no-explicit-any -- a schema has been held against it by then
type Document = { [member: string]: any };

/** The one document a command printed, held against the schema that docs/cli.md names for it. */
export function documentIn(stdout: string, schema: string): Document {
  const document = JSON.parse(stdout) as Document;
  const validate = ajv.getSchema(`${schema}.schema.json`);
  assert.ok(validate, `there is a schema ${schema}`);
  assert.ok(validate(document), `${schema}: ${ajv.errorsText(validate.errors)}\n${stdout}`);
  return document;
}
