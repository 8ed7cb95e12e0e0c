export { type ChangedFiles, changedFiles } from './changed-files.ts';
export { type Commit, type Commits, commitsIn } from './commits.ts';
export { commitSigns, leaseSigns } from './lease-signs.ts';
export { isProcessAlive } from './process.ts';
export { treePaths } from './tree-paths.ts';
