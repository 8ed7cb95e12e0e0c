export { type CompositionBuilder, composition } from './builder.ts';
export { type AnyComposition, asSource, checkComposition } from './check.ts';
export { type Callee, calleeOf } from './composition.ts';
export type { Catalog, Composition, CompositionNode } from './composition.ts';
export type { DefinitionChange } from './changes.ts';
export type { DefinitionState } from './definition.ts';
export { loadComposition } from './load.ts';
export { type CompositionSource, parseComposition, parseSource, readComposition } from './parse.ts';
export type { LocatedProblem, Problem } from './problems.ts';
export { type NodeReport, type RunReport, runReport } from './report.ts';
export {
  type ResumeOptions,
  type RetryOptions,
  Runs,
  type RunsOptions,
  type SubmitOptions,
} from './runs.ts';
export { compositionSchema } from './schema.ts';
export {
  type SequenceBuilder,
  sequence,
  type StepInput,
  type StepOptions,
  uniform,
} from './sequence.ts';
export { singleCall } from './single-call.ts';
