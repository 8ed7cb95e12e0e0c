import { dirname, join } from 'node:path';

/**
 * What a capability of the reference system expects in its environment: where to keep its data, and where
 * models lie. `CJM_DATA_DIR` is for its libraries, which would otherwise write into the user's home.
 */
export const cjmVariables = (dataDir: string, modelsDir: string): { [name: string]: string } => ({
  CJM_CAPABILITY_DATA_DIR: dirname(dataDir),
  CAPABILITY_DATA_DIR: dataDir,
  CJM_MODELS_DIR: modelsDir,
  CJM_DATA_DIR: join(dataDir, '.cjm'),
});
