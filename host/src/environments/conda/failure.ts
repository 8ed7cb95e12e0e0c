/**
 * What the programs of the conda family say when something cannot be installed as written. conda names a class of
 * its own for each case, mamba and micromamba print the solver's tree, pixi prints a report with `×`.
 */
export const condaUnsolvable =
  /UnsatisfiableError|PackagesNotFoundError|PackageNotFoundError|NoPackagesFoundError|ResolvePackageNotFound|LibMambaUnsatisfiable|SpecsConfigurationConflict|InvalidMatchSpec|InvalidSpec|CondaValueError|Could not solve for environment specs|nothing provides|does not exist \(perhaps a typo|Cannot solve the request|failed to solve|No candidates were found|lock-?file not up-to-date|lock file is not up-to-date|ChecksumMismatch/i;

/** Where the part begins that a person should read. */
export const condaComplaint =
  /^\s*(\w*(Error|Exception)\b|(error|critical)\b|× |Error:|Could not solve|Failed to|Pinned|The following packages)/;

/**
 * The channel that a tool could not find, as it wrote it; null when that is not what went wrong. A channel that
 * answers "no such thing" is a mistake in its name, while one that does not answer is the network's.
 */
export function unknownChannel(text: string): string | null {
  for (const pattern of missingChannel) {
    const found = pattern.exec(text)?.[1];
    if (found !== undefined) return found.replace(/[.,;:'"]+$/, '');
  }
  return null;
}

const missingChannel = [
  // conda 23 and later; the address follows two lines below
  /UnavailableInvalidChannel[\s\S]{0,400}?channel name:\s*(\S+)/,
  /UnavailableInvalidChannel[\s\S]{0,400}?(\w+:\/\/\S+)/,
  // conda 4
  /The remote server could not find the noarch directory for the\s+requested channel with url:\s*(\S+)/,
  /HTTP 404 NOT FOUND for url <([^>]+?)\/(?:noarch|linux|osx|win)[^>]*>/,
  // mamba and micromamba
  /(?:Multi-download failed|Download error)[\s\S]{0,300}?(?:404|37)[\s\S]{0,200}?(\w+:\/\/\S+?)\/(?:noarch|linux|osx)\S*repodata/,
  /(\w+:\/\/\S+?)\/(?:noarch|linux-\w+|osx-\w+)\/repodata\.json\S*\s[^\n]*(?:404|not found|does not exist|doesn't exist|No such file)/i,
  // pixi
  /failed to (?:fetch|load) repo ?data[\s\S]{0,400}?(\w+:\/\/\S+?)\/(?:noarch|linux|osx)[\s\S]{0,300}?(?:404|[Nn]ot [Ff]ound|No such file)/,
];
