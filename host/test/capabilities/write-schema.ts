import { writeFileSync } from 'node:fs';
import { workspaceJsonSchema } from '../../src/capabilities/schema.ts';

/** Writes the JSON Schema that editors use for `capstan.yaml`. A test says when this is due. */
const file = new URL('../../schemas/capstan.schema.json', import.meta.url);
writeFileSync(file, `${JSON.stringify(workspaceJsonSchema(), null, 2)}\n`);
