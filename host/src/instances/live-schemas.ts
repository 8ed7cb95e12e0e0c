import type { JsonSchema } from '@capstan/protocol';
import type { InstalledCapability } from '../capabilities/index.ts';
import type { Tenure } from './tenure.ts';

/**
 * The schemas of settings that live workers turned out to have in place of those that were recorded. What
 * somebody sets from then on is held against what the worker really takes, until the manifest is made anew.
 */
export class LiveSchemas {
  readonly #found = new Map<string, { recordedHash: string | null; schema: JsonSchema }>();

  /** Remembers what a worker that drifted said. */
  hear({ drift, setup: { capability } }: Tenure): void {
    if (drift.liveSchema === null) return;
    const recordedHash = capability.manifest.drift.configSchemaHash;
    this.#found.set(capability.name, { recordedHash, schema: drift.liveSchema });
  }

  /** The capability with the schema that counts. */
  applyTo(capability: InstalledCapability): InstalledCapability {
    const found = this.#found.get(capability.name);
    if (found?.recordedHash !== capability.manifest.drift.configSchemaHash) return capability;
    return { ...capability, configSchema: found.schema };
  }
}
