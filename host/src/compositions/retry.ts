import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { filesIn, isTaggedFile, type Json, type JsonObject, nearest } from '@capstan/protocol';
import { HostError } from '../errors.ts';
import { reusable } from '../kernel/index.ts';
import type { Reader, RunRow } from '../stores/index.ts';
import { changedNodes, inputsOf, isSame, type Work } from './changes.ts';
import { checkComposition } from './check.ts';
import { calleeOf, type Catalog, type Composition, own } from './composition.ts';
import { recorded, withFiles } from './definition.ts';
import { bindRunInputs, inputInvalid } from './inputs.ts';
import type { CompositionSource } from './parse.ts';
import { compositionInvalid, locateProblems } from './problems.ts';
import { FilesAgain } from './read-again.ts';
import { needsOf } from './validate/order.ts';
import { errorsOf, validateComposition } from './validate/validate.ts';

/** What a repetition of a run will do. */
export interface Retry extends Work {
  /** Nodes whose earlier result cannot stand, each with why. */
  stale: { [nodeId: string]: string };
  /** The capabilities of the nodes that will run. */
  capabilities: string[];
}

export interface RetryWish {
  run: RunRow;
  from: string | null;
  /** Another definition than the recorded one. */
  definition: CompositionSource | null;
  /** What paths are relative to that come without a folder of their own. */
  cwd: string;
}

/**
 * Makes ready to repeat a run: looks at the files it was given and those it made, finds out which of its
 * results can stand, and checks all that will run. Throws COMPOSITION_INVALID, and INPUT_INVALID for a
 * node to begin from that there is not, an input that is missing, and a file that is needed again.
 */
export async function planRetry(wish: RetryWish, reader: Reader, catalog: Catalog): Promise<Retry> {
  const { run, from } = wish;
  const before: Work = { composition: recorded(run), inputs: run.inputs };
  const files = new FilesAgain();
  const after = await workOf(wish, before, files, catalog);
  assertNode(from, after.composition);
  const stale = {
    ...filesGone(reader, run.runId),
    ...Object.fromEntries(changedNodes(before, after)),
  };
  const ids = Object.keys(after.composition.nodes);
  const { reused } = reusable({
    nodes: ids.map((nodeId) => ({ nodeId, needs: needsOf(after.composition, nodeId) })),
    before: reader.runNodeStates(run.runId),
    stale: new Map(Object.entries(stale)),
    from,
  });
  const kept = new Set(reused);
  const running = ids.filter((id) => !kept.has(id));
  assertCanRun(after, running, files, catalog);
  const uses = running.map((id) => after.composition.nodes[id]?.use ?? '');
  const capabilities = uses.map((use) => calleeOf(use, catalog)?.capability ?? use);
  return { ...after, stale, capabilities: [...new Set(capabilities)] };
}

/** What is to be done now: as recorded or by a new definition, with files as they are now. */
async function workOf(
  { run, definition, cwd }: RetryWish,
  before: Work,
  files: FilesAgain,
  catalog: Catalog,
): Promise<Work> {
  const inputs = await files.in(before.inputs);
  if (definition === null) {
    return { composition: await withConstants(before.composition, files), inputs };
  }
  checkComposition(definition, catalog);
  const { composition, folder = cwd } = definition;
  const given = Object.entries(inputs).filter(
    ([name, value]) =>
      Object.hasOwn(composition.inputs, name) &&
      !isDefault(own(before.composition.inputs, name)?.['default'], value, run.source),
  );
  return {
    composition: await withFiles(definition, catalog, cwd),
    inputs: await bindRunInputs(composition, Object.fromEntries(given), {
      cwd,
      folder,
      trusting: true,
    }),
  };
}

/** What was left to the default then follows the default of now. */
function isDefault(value: Json | undefined, bound: Json, source: string | null): boolean {
  if (value === undefined) return false;
  if (!isTaggedFile(bound)) return isSame(value, bound);
  if (typeof value !== 'string' || source === null) return false;
  return resolve(dirname(source), value) === bound.data.path;
}

async function withConstants(composition: Composition, files: FilesAgain): Promise<Composition> {
  const nodes: Composition['nodes'] = {};
  for (const [id, node] of Object.entries(composition.nodes)) {
    // oxlint-disable-next-line no-await-in-loop -- files are read one after the other anyway
    nodes[id] = { ...node, with: await files.in(node.with) };
  }
  return { ...composition, nodes };
}

function assertNode(from: string | null, { nodes }: Composition): void {
  if (from === null || Object.hasOwn(nodes, from)) return;
  const ids = Object.keys(nodes);
  const guess = nearest(from, ids);
  throw new HostError('INPUT_INVALID', `there is no node "${from}" to begin from`, {
    hint: guess === null ? `nodes: ${ids.join(', ')}` : `did you mean "${guess}"?`,
    details: { from, nodes: ids },
  });
}

/** Results that name files somebody has deleted since. */
function filesGone(reader: Reader, runId: string): { [nodeId: string]: string } {
  const gone = reader.artifactsOfRun(runId).filter(({ path }) => !existsSync(path));
  return Object.fromEntries(gone.map(({ nodeId, name }) => [nodeId, `its file ${name} is gone`]));
}

/** Of what was validated then, what will run has to be valid still, and to find the files it reads. */
function assertCanRun(
  { composition, inputs }: Work,
  running: readonly string[],
  files: FilesAgain,
  catalog: Catalog,
): void {
  const runs = new Set(running);
  const problems = errorsOf(validateComposition(composition, catalog)).filter(
    ({ path: [part, id] }) => part === 'nodes' && typeof id === 'string' && runs.has(id),
  );
  if (problems.length > 0) {
    throw compositionInvalid(
      `composition "${composition.name}"`,
      locateProblems(problems, () => undefined),
    );
  }
  const missing = running.flatMap((id) => {
    const node = composition.nodes[id];
    if (node === undefined) return [];
    const read: JsonObject = Object.fromEntries(
      inputsOf(node).map((name) => [name, inputs[name] ?? null]),
    );
    return filesIn([node.with, read]).flatMap(({ path }) => {
      const why = files.gone.get(path);
      return why === undefined ? [] : [{ input: id, message: `node ${id} needs a file: ${why}` }];
    });
  });
  if (missing.length > 0) throw inputInvalid(missing);
}
