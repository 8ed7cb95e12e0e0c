import type { JsonSchema } from '@capstan/protocol';
import { z } from 'zod';
import { shape } from './shape.ts';

/** The JSON Schema of composition files, for editors. `host/schemas/composition.schema.json` holds it. */
export function compositionSchema(): JsonSchema {
  const printed = z.toJSONSchema(shape, { target: 'draft-2020-12', io: 'input' });
  const { $schema, ...rest }: JsonSchema = JSON.parse(JSON.stringify(printed));
  return {
    $schema: $schema ?? null,
    title: 'Capstan composition',
    ...rest,
  };
}
