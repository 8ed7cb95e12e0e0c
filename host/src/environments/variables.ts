type Variables = { readonly [name: string]: string | undefined };

/** What any program needs to run on this machine and reach the network the way its user does. */
const passed = new Set([
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'LANG',
  'LANGUAGE',
  'TZ',
  'TMPDIR',
  'http_proxy',
  'https_proxy',
  'ftp_proxy',
  'all_proxy',
  'no_proxy',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'FTP_PROXY',
  'ALL_PROXY',
  'NO_PROXY',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'NODE_EXTRA_CA_CERTS',
  'REQUESTS_CA_BUNDLE',
  'CURL_CA_BUNDLE',
]);
const passedPrefixes = ['LC_', 'CUDA_', 'NVIDIA_'];

/** These change which code an interpreter loads. They would let one program break another's tool. */
const neverPassed = new Set([
  'PYTHONPATH',
  'PYTHONHOME',
  'PYTHONSTARTUP',
  'PYTHONUSERBASE',
  'NODE_OPTIONS',
  'NODE_PATH',
  'LD_PRELOAD',
  'LD_AUDIT',
  'DYLD_INSERT_LIBRARIES',
  'VIRTUAL_ENV',
  'CONDA_PREFIX',
  'CONDA_DEFAULT_ENV',
  'CONDA_SHLVL',
  'CONDA_PROMPT_MODIFIER',
  'CONDA_EXE',
  'CONDA_PYTHON_EXE',
  'MAMBA_EXE',
  'PIXI_EXE',
  'PIXI_PROJECT_MANIFEST',
  'PIXI_PROJECT_ROOT',
  'PIXI_IN_SHELL',
]);

/** Whether a variable changes which code a program loads; nothing sets such a one for a worker. */
export const isNeverPassed = (name: string): boolean => neverPassed.has(name);

export interface ChildEnvironmentOptions {
  /** Variables the capability declares by name in `capstan.yaml`. */
  declared?: readonly string[];
  /** Marks the process for attribution and for the sweep of leftovers. */
  session?: string;
  hostId?: string;
  extra?: Readonly<Record<string, string>>;
}

/**
 * The complete environment of a child process: an allow-list, the declared variables, our two marks. What
 * changes the code an interpreter loads (`PYTHONPATH`, `NODE_OPTIONS`, `LD_PRELOAD` …) is never in it,
 * even when declared.
 */
export function childEnvironment(
  hostEnv: Variables,
  options: ChildEnvironmentOptions = {},
): Record<string, string> {
  const declared = new Set(options.declared);
  const allowed = (name: string) =>
    passed.has(name) ||
    declared.has(name) ||
    passedPrefixes.some((prefix) => name.startsWith(prefix));
  return {
    ...chosen(hostEnv, allowed),
    ...(options.session === undefined ? {} : { CAPSTAN_SESSION: options.session }),
    ...(options.hostId === undefined ? {} : { CAPSTAN_HOST: options.hostId }),
    ...chosen(options.extra ?? {}, () => true),
  };
}

/** Settings of conda, mamba, micromamba and pixi: where their caches lie, how they reach a channel. */
const condaPrefixes = ['CONDA', 'MAMBA_', 'PIXI_', 'RATTLER_'];
const buildPrefixes = [
  'PIP_',
  'UV_',
  'NPM_CONFIG_',
  'GIT_',
  'CARGO_',
  'RUSTUP_',
  'XDG_',
  ...condaPrefixes,
];
const buildNames = new Set(['CC', 'CXX', 'CFLAGS', 'CXXFLAGS', 'LDFLAGS', 'SSH_AUTH_SOCK']);

/** The user's settings of a package manager that would send packages to some other place than ours. */
const redirecting = new Set(
  [
    'PIP_: TARGET PREFIX ROOT USER PYTHON DRY_RUN REQUIRE_VIRTUALENV REPORT',
    'UV_: PYTHON PROJECT_ENVIRONMENT SYSTEM_PYTHON TARGET PREFIX WORKING_DIRECTORY',
    'NPM_CONFIG_: PREFIX LOCAL_PREFIX GLOBAL_PREFIX GLOBAL LOCATION DRY_RUN SAVE OMIT INCLUDE ONLY',
    'NPM_CONFIG_: PRODUCTION PACKAGE_LOCK PACKAGE_LOCK_ONLY WORKSPACE WORKSPACES INCLUDE_WORKSPACE_ROOT',
    'CONDA_: ENVS_PATH ENVS_DIRS DEFAULT_CHANNELS CHANNELS DRY_RUN JSON QUIET',
    'MAMBA_: DRY_RUN JSON',
    'PIXI_: FROZEN LOCKED NO_INSTALL',
    'GIT_: DIR WORK_TREE INDEX_FILE PREFIX',
  ].flatMap((row) => {
    const [prefix = '', ...names] = row.split(/:? /);
    return names.map((name) => prefix + name);
  }),
);

/**
 * The environment of a package manager: a child's, and the user's own configuration of pip, uv, npm, git
 * and compilers, less what would redirect the installation (`npm run` itself sets some of those).
 */
export function buildVariables(hostEnv: Variables, tmpDir: string): Record<string, string> {
  return {
    ...childEnvironment(hostEnv),
    ...chosen(hostEnv, isBuildSetting),
    ...uvFromPip(hostEnv),
    TMPDIR: tmpDir,
  };
}

function isBuildSetting(name: string): boolean {
  const upper = name.toUpperCase();
  if (redirecting.has(upper)) return false;
  return buildNames.has(name) || buildPrefixes.some((prefix) => upper.startsWith(prefix));
}

/** uv does not read pip's settings; a user who told pip about an index expects both to know it. */
function uvFromPip(hostEnv: Variables): Record<string, string> {
  const pairs = [
    ['UV_DEFAULT_INDEX', 'UV_INDEX_URL', 'PIP_INDEX_URL'],
    ['UV_INDEX', 'UV_EXTRA_INDEX_URL', 'PIP_EXTRA_INDEX_URL'],
  ] as const;
  const found: Record<string, string> = {};
  for (const [modern, older, pip] of pairs) {
    const value = hostEnv[pip];
    if (value && !hostEnv[modern] && !hostEnv[older]) found[modern] = value;
  }
  return found;
}

function chosen(hostEnv: Variables, allowed: (name: string) => boolean): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [name, value] of Object.entries(hostEnv)) {
    if (value !== undefined && !neverPassed.has(name) && allowed(name)) result[name] = value;
  }
  return result;
}
