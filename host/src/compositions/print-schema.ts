import { writeFileSync } from 'node:fs';
import { compositionSchema } from './schema.ts';

/** Run by hand after a change to `shape.ts`: `node host/src/compositions/print-schema.ts`. */
const file = new URL('../../schemas/composition.schema.json', import.meta.url);
writeFileSync(file, `${JSON.stringify(compositionSchema(), null, 2)}\n`);
