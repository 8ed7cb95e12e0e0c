import { realpathSync } from 'node:fs';
import { HostError } from '../../../errors.ts';
import type { Context } from '../../context.ts';
import type { ExitCode } from '../../exit-codes.ts';
import type { LeaseView, Scope, ScopeRegion } from '../../runtime.ts';
import { requireWorkspace } from '../../workspace.ts';
import { changed } from './changed.ts';
import { scopeLines, scopeSteps } from './lines.ts';

export interface ScopeOptions {
  lease?: string;
  lane?: string;
  region?: string[];
  stdin?: true;
  /** True without a base. */
  git?: string | true;
  tolerate?: number;
  shared?: string[];
}

/** What was asked about, and what came of it. */
export interface ScopeReport {
  verdict: Scope['kind'];
  /** `lease lse_…`, `lane backend`, `region src/**`. */
  within: { kind: 'lease' | 'lane' | 'region'; id: string | null; patterns: readonly string[] };
  files: number;
  outside: readonly string[];
  tolerated: readonly string[];
  shared: readonly string[];
}

const exitOf: { readonly [verdict in Scope['kind']]: ExitCode } = {
  in_scope: 0,
  scope_creep: 4,
  wrong_target: 4,
};

export async function scope(
  context: Context,
  typed: string[],
  options: ScopeOptions,
): Promise<ExitCode> {
  const asked = [options.lease, options.lane, options.region].filter((one) => one !== undefined);
  if (asked.length !== 1) throw whichRegion(asked.length);
  if (typed.length === 0 && options.stdin !== true && options.git === undefined) throw whichFiles();
  const root = realpathSync(requireWorkspace(context));
  const within = await regionAsked(context, root, options);
  const door = await context.doors.scope();
  const files = await changed(context, root, typed, options);
  const shared = options.shared === undefined ? null : door.typedRegion(root, options.shared);
  const found = door.scopeOf(within.region, files, { tolerate: options.tolerate ?? 0, shared });
  const report: ScopeReport = {
    verdict: found.kind,
    within: { kind: within.kind, id: within.id, patterns: within.region.patterns },
    files: new Set(files).size,
    outside: found.kind === 'in_scope' ? [] : found.outside,
    tolerated: found.kind === 'in_scope' ? found.tolerated : [],
    shared: found.shared,
  };
  if (context.json) context.printJson(report);
  else {
    context.print(...scopeLines(context, report));
    context.say(...scopeSteps(context, report));
  }
  return exitOf[found.kind];
}

interface Asked {
  kind: 'lease' | 'lane' | 'region';
  id: string | null;
  region: ScopeRegion;
}

async function regionAsked(context: Context, root: string, options: ScopeOptions): Promise<Asked> {
  const { laneRegion, leaseRegion, typedRegion } = await context.doors.scope();
  const { lease: id, lane, region = [] } = options;
  if (lane !== undefined) return { kind: 'lane', id: lane, region: await laneRegion(root, lane) };
  if (id === undefined) return { kind: 'region', id: null, region: typedRegion(root, region) };
  return { kind: 'lease', id, region: leaseRegion(root, await liveLease(context, root, id)) };
}

/** Who asks about patterns alone pays for no ledger. */
async function liveLease(context: Context, root: string, id: string): Promise<LeaseView> {
  const [{ refusal }, { withLeases }] = await Promise.all([
    import('../lease/answers.ts'),
    import('../lease/place.ts'),
  ]);
  const answer = await withLeases(context, root, (leases) => leases.check(id));
  if (answer.kind === 'refused') throw refusal(answer);
  return answer.lease;
}

const whichRegion = (count: number): HostError =>
  new HostError(
    'USAGE',
    count === 0
      ? 'Nothing says where the files may lie.'
      : '--lease, --lane and --region cannot be given together.',
    { hint: "Give one of them: --lease ID, --lane NAME, or --region 'src/**'." },
  );

const whichFiles = (): HostError =>
  new HostError('USAGE', 'Nothing says which files are meant.', {
    hint: 'Name them, hand them over with --stdin, or ask git with --git.',
  });
