import { errorTable } from '../../../error-table.ts';
import { HostError } from '../../../errors.ts';
import type { Context } from '../../context.ts';
import type { Leases } from '../../runtime.ts';
import { findRoot } from '../../workspace.ts';
import { meanings } from './meanings.ts';

/** A code with all that is known about it. */
export interface Explained {
  code: string;
  /** `refusal`: of a claim or a lease; `declared` in capstan.yaml; `error`: anything else. */
  kind: 'error' | 'refusal' | 'declared';
  /** Of a refusal: whether waiting helps. */
  verdict: string | null;
  category: string | null;
  exit: number;
  summary: string;
  fix: string | null;
}

/** Every code, ours first; what is wrong with a declared one is told. */
export async function readCodes(
  context: Context,
): Promise<{ codes: Explained[]; problems: string[] }> {
  const leases = await context.doors.leases();
  const ours: Explained[] = Object.entries(meanings).map(([code, summary]) => {
    const { category, exit, hint = null } = errorTable[code as keyof typeof meanings];
    return { code, kind: 'error', verdict: null, category, exit, summary, fix: hint };
  });
  const { declared, problems: unread } = await declaredIn(context, leases);
  const { codes, problems } = leases.withDeclared(declared, Object.keys(meanings));
  const told = Array.from(codes.values(), ({ code, verdict, exit, summary, fix }): Explained => {
    const isOurs = verdict !== null;
    const category = isOurs ? errorTable[code as keyof typeof errorTable].category : null;
    return { code, kind: isOurs ? 'refusal' : 'declared', verdict, category, exit, summary, fix };
  });
  const said = problems.map(({ reason, hint }) => `capstan.yaml: ${reason}. ${hint}`);
  return { codes: [...ours, ...told], problems: [...unread, ...said] };
}

type DeclaredCodes = Parameters<Leases['withDeclared']>[0];

/** Those of the workspace, if there is one. A file that cannot be read keeps nobody from learning what our codes mean. */
async function declaredIn(
  context: Context,
  { leaseRules }: Leases,
): Promise<{ declared: DeclaredCodes; problems: string[] }> {
  const root = findRoot(context);
  if (root === null) return { declared: [], problems: [] };
  try {
    const { refusals } = await leaseRules(root);
    return { declared: Object.entries(refusals), problems: [] };
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    const problem = `The codes of capstan.yaml are not known: ${error.message}`;
    return { declared: [], problems: [problem] };
  }
}
