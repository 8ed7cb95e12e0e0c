import type { BuildTool } from './failure.ts';

/** One command of a build, exactly as it will run; `--dry-run` prints the same list. */
export interface Step {
  tool: BuildTool;
  command: string[];
}
