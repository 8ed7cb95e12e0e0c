import { type CompiledRegion, regionCovers } from './regions/index.ts';

/** Whether changed files lie where they were meant to. */
export type Scope =
  /** `tolerated` lie outside, and are no more than may; `shared` are anybody's. */
  | { kind: 'in_scope'; tolerated: string[]; shared: string[] }
  /** Some lie inside, and more outside than may. */
  | { kind: 'scope_creep'; outside: string[]; shared: string[] }
  /** None lies inside: this looks like somebody else's work, or a lease of something else. */
  | { kind: 'wrong_target'; outside: string[]; shared: string[] };

export interface ScopeQuestion {
  region: CompiledRegion;
  /** Paths from the root of the tree. One that leads out of the tree lies outside. */
  files: readonly string[];
  /** So many files may lie outside. */
  tolerate?: number;
  /** Files that everybody changes, such as a lock file: neither inside nor outside. */
  shared?: CompiledRegion;
}

/** Do these changed files lie in the region? Nothing changed lies in any. */
export function checkScope({ region, files, tolerate = 0, shared }: ScopeQuestion): Scope {
  const inside: string[] = [];
  const outside: string[] = [];
  const ofAll: string[] = [];
  for (const file of new Set(files)) {
    if (regionCovers(region, file)) inside.push(file);
    else if (shared !== undefined && regionCovers(shared, file)) ofAll.push(file);
    else outside.push(file);
  }
  if (outside.length <= tolerate) return { kind: 'in_scope', tolerated: outside, shared: ofAll };
  return { kind: inside.length > 0 ? 'scope_creep' : 'wrong_target', outside, shared: ofAll };
}
