import type { HostError } from '../../errors.ts';

/** One package that an environment would get. A size that nobody tells is null, which is not nothing. */
export interface PackageEstimate {
  name: string;
  version: string;
  /** To fetch; 0 when a cache of this machine has it. */
  downloadBytes: number | null;
  /** Unpacked, compiled files of Python included. */
  diskBytes: number | null;
  isCached: boolean;
}

/** What building an environment would cost. */
export interface EnvironmentEstimate {
  key: string;
  kind: string;
  folder: string;
  /** `built`: it is there and costs nothing. `unknown`: its packages could not be found out; `error` says why. */
  state: 'built' | 'estimated' | 'unknown';
  packages: PackageEstimate[];
  /** Sums of what is known; null when nothing could be found out. */
  downloadBytes: number | null;
  diskBytes: number | null;
  /** Packages whose size is missing from the sum. */
  unknownDownloads: number;
  unknownDisks: number;
  cached: number;
  notes: string[];
  error: HostError | null;
}

/** What a package manager answered; the sums are made of it. */
export interface Found {
  packages: PackageEstimate[];
  notes: string[];
}

export function summed(
  place: Pick<EnvironmentEstimate, 'key' | 'kind' | 'folder'>,
  state: 'built' | 'estimated',
  { packages, notes }: Found,
): EnvironmentEstimate {
  const sum = (of: 'downloadBytes' | 'diskBytes') => {
    const known = packages.map((one) => one[of]).filter((bytes) => bytes !== null);
    const isUnknown = known.length === 0 && packages.length > 0;
    return isUnknown ? null : known.reduce((total, bytes) => total + bytes, 0);
  };
  const unknown = (of: 'downloadBytes' | 'diskBytes') =>
    packages.filter((one) => one[of] === null).length;
  return {
    ...place,
    state,
    packages,
    downloadBytes: sum('downloadBytes'),
    diskBytes: sum('diskBytes'),
    unknownDownloads: unknown('downloadBytes'),
    unknownDisks: unknown('diskBytes'),
    cached: packages.filter(({ isCached }) => isCached).length,
    notes,
    error: null,
  };
}
