import {
  type EnvironmentKind,
  locateSdk,
  type SdkIdentity,
  sdkIdentity,
} from '../environments/index.ts';

/** What a worker runs on, as it says itself or as its manifest recorded it. */
export interface RunningSdk {
  version: string;
  /** Of its files as they were installed; null where nobody recorded it. */
  sha256: string | null;
}

/**
 * How a capability's SDK differs from the one this host brings, as the end of a sentence about it: `runs SDK
 * 0.0.9, this host brings 0.1.0`. Null when they are the same. Versions may differ and still understand each
 * other; that is why it is said and not refused.
 */
export function sdkSkew(running: RunningSdk, own: SdkIdentity): string | null {
  if (running.version !== own.version) {
    return `runs SDK ${running.version}, this host brings ${own.version}`;
  }
  if (running.sha256 === null || running.sha256 === own.sha256) return null;
  return `runs another build of SDK ${own.version} than this host brings`;
}

const known = new Map<'python' | 'node', Promise<SdkIdentity>>();

/** The SDK that this host would put into an environment of a kind. Its files are read once per process. */
export function ownSdk(kind: EnvironmentKind): Promise<SdkIdentity> {
  const language = kind === 'npm' || kind === 'command' ? 'node' : 'python';
  const found = known.get(language) ?? sdkIdentity(language, locateSdk());
  known.set(language, found);
  return found;
}
