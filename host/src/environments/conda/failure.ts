/**
 * What the programs of the conda family say when something cannot be installed as written. conda names a class of
 * its own for each case, mamba and micromamba print the solver's tree, pixi prints a report with `×`.
 */
export const condaUnsolvable =
  /UnsatisfiableError|PackagesNotFoundError|PackageNotFoundError|NoPackagesFoundError|ResolvePackageNotFound|SpecsConfigurationConflict|InvalidMatchSpec|InvalidSpec|CondaValueError|Could not solve for environment specs|nothing provides|does not exist \(perhaps a typo|Cannot solve the request|failed to solve|No candidates were found|lock-?file not up-to-date|lock file is not up-to-date|ChecksumMismatch/i;

/** Where the part begins that a person should read. */
export const condaComplaint =
  /^\s*(\w*(Error|Exception|InvalidChannel)\b|(error|critical)\b|×|x failed|Could not solve|Failed to)/;

/**
 * The channel that a tool could not find, as it wrote it; null when that is not what went wrong. A channel that
 * answers "no such thing" is a mistake in its name, while one that does not answer is the network's.
 */
export function unknownChannel(text: string): string | null {
  for (const pattern of missingChannel) {
    const found = pattern.exec(text)?.[1];
    if (found !== undefined) return found.replace(/[.,;:'">)\]]+$/, '');
  }
  return null;
}

const subdir = String.raw`/(?:noarch|linux-|osx-|win-)`;

const missingChannel = [
  // conda since 4.7, in both of its forms
  /UnavailableInvalidChannel: HTTP \d+ [^<]*<([^>]+)>/i,
  /UnavailableInvalidChannel[\s\S]{0,200}?channel url:\s*(\S+)/,
  // conda before that
  /could not find the noarch directory for the\s+requested channel with url:\s*(\S+)/,
  new RegExp(String.raw`HTTP 404 NOT FOUND for url <([^>]+?)${subdir}`),
  // mamba and micromamba
  new RegExp(String.raw`(?:status: 40[34]|error \(37\)|error: 404)[^\[\n]*\[(\S+?)${subdir}`),
  // pixi
  new RegExp(String.raw`HTTP status client error \(40[34][^)]*\) for url\s+\((\S+?)${subdir}`),
];
