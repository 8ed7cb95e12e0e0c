import { dirname } from 'node:path';
import { HostError } from '../../../errors.ts';
import type { Context } from '../../context.ts';
import { namedInstances } from '../../named-instances.ts';
import type { Declared, LocatedProblem } from '../../runtime.ts';
import { requireWorkspace } from '../../workspace.ts';
import type { Checked, ShownProblem } from './verdict.ts';

/** Holds a composition against the capabilities of its workspace. Throws what keeps it from being held. */
export async function judgeComposition(
  context: Context,
  runtime: Declared,
  file: string,
): Promise<Pick<Checked, 'name' | 'problems'>> {
  let name: string | null = null;
  const shown = (problems: LocatedProblem[]) => problems.map((one) => shownProblem(file, one));
  try {
    const source = await runtime.loadComposition(file, context.io.cwd);
    name = source.composition.name;
    const root = requireWorkspace(context, dirname(file));
    const catalog = await runtime.readCatalog(root, context.io.env);
    const used = Object.values(source.composition.nodes).map(({ use }) => use);
    if (!used.every((one) => catalog.knows(one)))
      catalog.learn(await namedInstances(context, root));
    return { name, problems: shown(runtime.checkComposition(source, catalog.catalog)) };
  } catch (error) {
    if (!(error instanceof HostError) || error.code !== 'COMPOSITION_INVALID') throw error;
    const problems = error.details['problems'] as LocatedProblem[] | undefined;
    if (problems === undefined) throw error;
    return { name, problems: shown(problems) };
  }
}

const shownProblem = (file: string, problem: LocatedProblem): ShownProblem => ({
  file,
  code: 'composition',
  ...problem,
});
