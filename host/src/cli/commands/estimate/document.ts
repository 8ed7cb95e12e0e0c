import { failureOf } from '../../failure.ts';
import type { EstimateReport } from '../../runtime.ts';

/** The document of `estimate --json`. */
export function estimateDocument(report: EstimateReport, root: string): object {
  const { capabilities, environments, ...sums } = report;
  return {
    workspace: root,
    capabilities: capabilities.map(({ name, plan, error }) => ({
      name,
      environment: plan?.key ?? null,
      error: error === null ? null : failureOf(error),
    })),
    environments: environments.map(({ error, ...one }) => ({
      ...one,
      error: error === null ? null : failureOf(error),
    })),
    ...sums,
  };
}
