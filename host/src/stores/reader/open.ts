import type { WorkspacePaths } from '../../paths.ts';
import { DiagnosticsReader } from '../diagnostics/reader.ts';
import { Reader } from './reader.ts';

export interface WorkspaceReader {
  state: Reader;
  diagnostics: DiagnosticsReader;
  close(): void;
}

/**
 * For looking only: works beside a running host, without one, and in a workspace where nothing was run
 * yet. Throws STORE_CORRUPT, STORE_NEWER.
 */
export function openReader(paths: WorkspacePaths): WorkspaceReader {
  const state = Reader.openState(paths.stateDb);
  const diagnostics = new DiagnosticsReader(paths.diagnosticsDb);
  return {
    state,
    diagnostics,
    close() {
      state.close();
      diagnostics.close();
    },
  };
}
