import type { CondaRequirement } from '../requirement.ts';
import { condaSpecs, packageOf } from './specs.ts';

/** A `pixi.toml` for somebody who only named packages. */
export function pixiManifest(requirement: CondaRequirement, platform = pixiPlatform()): string {
  const specs = condaSpecs(requirement).map((spec) => `${text(packageOf(spec))} = ${entry(spec)}`);
  return [
    '[workspace]',
    'name = "capstan-environment"',
    `channels = [${requirement.channels.map(text).join(', ')}]`,
    `platforms = [${text(platform)}]`,
    '',
    '[dependencies]',
    ...specs,
    '',
  ].join('\n');
}

/** `conda-forge::numpy>=1.26,<2` has its channel and its version in different places of the table. */
function entry(spec: string): string {
  const [, channel, rest = ''] = /^(?:([^:\s]+)::)?[A-Za-z0-9_.-]+\s*(.*)$/.exec(spec.trim()) ?? [];
  const version = rest === '' ? '*' : rest.replace(/^=(?!=)\s*([\w.]+)$/, '$1.*');
  return channel === undefined
    ? text(version)
    : `{ version = ${text(version)}, channel = ${text(channel)} }`;
}

/** What conda calls this kind of machine. */
export function pixiPlatform(system = process.platform, cpu = process.arch): string {
  if (system === 'darwin') return cpu === 'arm64' ? 'osx-arm64' : 'osx-64';
  return cpu === 'arm64' ? 'linux-aarch64' : 'linux-64';
}

/** A basic string of TOML escapes what one of JSON does. */
const text = (value: string): string => JSON.stringify(value);
