import { type Context, tableColumns } from '../../context.ts';
import { describeFailure, failureOf } from '../../failure.ts';
import type { EnvironmentEstimate, EstimateReport } from '../../runtime.ts';
import { size } from '../../terminal/quantities.ts';
import { table } from '../../terminal/table.ts';

/** A line per capability, the sums, what is free, and why something is not known. */
export function tellEstimate(context: Context, report: EstimateReport): void {
  const { style, print, say } = context;
  const { capabilities, environments, folder, freeBytes } = report;
  if (capabilities.length === 0) return say('capstan.yaml declares no capabilities yet.');
  const rows = capabilities.map(({ name, plan }) => rowOf(name, plan?.key ?? null, report));
  const total = ['total', '', '', ...sumsOf(report), ''];
  const header = ['NAME', 'KIND', 'PACKAGES', 'DOWNLOAD', 'DISK', ''];
  print(...table(header, [...rows, total], { columns: tableColumns(context.io), style }));
  print(`${size(freeBytes)} free at ${folder}`);
  if (report.diskBytes > freeBytes) {
    say(
      '',
      style.yellow('That does not fit: free some space, or set XDG_DATA_HOME to a larger disk.'),
    );
  }
  for (const note of new Set(environments.flatMap(({ notes }) => notes))) say(style.dim(note));
  for (const { error } of [...capabilities, ...environments]) {
    if (error !== null) say('', ...describeFailure(failureOf(error), context.talkStyle));
  }
}

function rowOf(name: string, key: string | null, report: EstimateReport): string[] {
  const one = report.environments.find((other) => other.key === key);
  if (one === undefined) return [name, '-', '-', 'unknown', 'unknown', 'cannot be installed'];
  const owner = report.capabilities.find(({ plan }) => plan?.key === key)?.name;
  if (owner !== undefined && owner !== name) {
    return [name, one.kind, '', '', '', `shares the environment of ${owner}`];
  }
  if (one.state === 'built') return [name, one.kind, '', '0 B', '0 B', 'built already'];
  if (one.state === 'unknown') return [name, one.kind, '?', 'unknown', 'unknown', 'see below'];
  const download = amount(one.downloadBytes, one.unknownDownloads, one.packages.length);
  const disk = amount(one.diskBytes, one.unknownDisks, one.packages.length);
  return [name, one.kind, String(one.packages.length), download, disk, remark(one)];
}

function remark({ cached, packages }: EnvironmentEstimate): string {
  if (cached === 0) return '';
  return cached === packages.length ? 'all cached' : `${cached} cached`;
}

/** A sum that lacks something says so; one of nothing known is no number at all. */
function amount(bytes: number | null, unknown: number, count: number): string {
  if (bytes === null || (unknown > 0 && unknown === count)) return 'unknown';
  return unknown === 0 ? size(bytes) : `${size(bytes)} + ${unknown} unknown`;
}

function sumsOf({
  environments,
  capabilities,
  downloadBytes,
  diskBytes,
}: EstimateReport): string[] {
  const lost =
    capabilities.some(({ plan }) => plan === null) ||
    environments.some(({ state }) => state === 'unknown');
  const unknown = (of: 'unknownDownloads' | 'unknownDisks') =>
    environments.reduce((total, one) => total + one[of], 0);
  const sum = (bytes: number, missing: number) => {
    if (!lost && missing === 0) return size(bytes);
    return bytes === 0 ? 'unknown' : `${size(bytes)} + unknown`;
  };
  return [sum(downloadBytes, unknown('unknownDownloads')), sum(diskBytes, unknown('unknownDisks'))];
}
