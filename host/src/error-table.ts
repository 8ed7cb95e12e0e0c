import type { ErrorCategory } from '@capstan/protocol';

/**
 * Every code a user can meet, with the process exit code it maps to. `docs/errors.md` lists the same
 * codes; a test keeps the two equal. Exit codes are explained in `docs/cli.md`.
 */
interface ErrorRow {
  category: ErrorCategory;
  exit: 1 | 2 | 3 | 4 | 5 | 70 | 75 | 78 | 124 | 130;
  /** The usual next step, when the place that raises it knows nothing better. */
  hint?: string;
}

const rows = {
  // the program itself
  INTERNAL: {
    category: 'fatal',
    exit: 70,
    hint: 'This is a bug in Capstan. Please report it with the text above.',
  },
  USAGE: { category: 'input', exit: 2 },
  CODE_UNKNOWN: { category: 'input', exit: 3, hint: '`capstan explain` lists all codes.' },
  INTERRUPTED: { category: 'cancelled', exit: 130 },

  // workspace and declarations
  WORKSPACE_NOT_FOUND: {
    category: 'input',
    exit: 3,
    hint: 'Run `capstan init` here, or name a workspace with `-C <folder>`.',
  },
  WORKSPACE_BUSY: { category: 'transient', exit: 75 },
  HOST_LOST: {
    category: 'transient',
    exit: 75,
    hint: 'What was accepted is kept, and goes on with the next host. `capstan jobs` shows what there is.',
  },
  DECLARATION_INVALID: { category: 'input', exit: 2 },
  FILE_NOT_FOUND: { category: 'input', exit: 3 },

  // environments and installation
  ENV_BUILD_FAILED: { category: 'fatal', exit: 1 },
  ENV_UNSOLVABLE: { category: 'input', exit: 1 },
  ENV_TOOL_MISSING: { category: 'input', exit: 1 },
  ENV_INTERPRETER_MISSING: { category: 'input', exit: 1 },
  ENV_CHANGED: { category: 'fatal', exit: 1 },
  ENV_DISK_FULL: { category: 'resource', exit: 1 },
  FOLDER_NOT_WRITABLE: { category: 'input', exit: 78 },
  CONSENT_NEEDED: { category: 'input', exit: 4 },
  INTROSPECTION_FAILED: { category: 'input', exit: 1 },
  MANIFEST_INVALID: { category: 'input', exit: 2 },
  CAPABILITY_NOT_FOUND: { category: 'input', exit: 3 },
  CAPABILITY_NOT_INSTALLED: { category: 'input', exit: 3 },
  CAPABILITY_DISABLED: { category: 'input', exit: 5 },
  SECRET_MISSING: { category: 'input', exit: 5 },
  SECRETS_LOCKED: { category: 'input', exit: 5 },
  SECRETS_UNREADABLE: { category: 'fatal', exit: 78 },
  VARIABLE_NOT_FOUND: { category: 'input', exit: 3 },
  VARIABLE_INVALID: { category: 'input', exit: 2 },
  CONFIG_INVALID: { category: 'input', exit: 2 },
  ADAPTER_INCOMPATIBLE: { category: 'input', exit: 2 },
  ADAPTER_NOT_FOUND: { category: 'input', exit: 3 },
  INSTANCE_NOT_FOUND: { category: 'input', exit: 3 },
  INSTANCE_EXISTS: { category: 'input', exit: 5 },
  CAPABILITY_IN_USE: { category: 'input', exit: 5 },

  // workers
  WORKER_NOT_READY: { category: 'fatal', exit: 1 },
  WORKER_START_FAILED: { category: 'fatal', exit: 1 },
  RECONFIGURE_FAILED: { category: 'fatal', exit: 1 },
  PREFETCH_FAILED: { category: 'fatal', exit: 1 },
  MONITOR_FAILED: { category: 'fatal', exit: 1 },
  WORKER_LOST: { category: 'transient', exit: 1 },
  STREAM_LOST: {
    category: 'transient',
    exit: 1,
    hint: 'A stream is not repeated by itself: begin it again.',
  },
  WORKER_PROTOCOL: { category: 'fatal', exit: 1 },
  VERSION_SKEW: { category: 'fatal', exit: 1 },
  DEADLINE_EXCEEDED: { category: 'transient', exit: 124 },
  CANCELLED: { category: 'cancelled', exit: 130 },
  ACTION_NOT_FOUND: { category: 'input', exit: 3 },
  FILE_OUTSIDE_CALL_DIR: { category: 'fatal', exit: 1 },
  VALUE_INVALID: { category: 'input', exit: 2 },
  TASK_NOT_FOUND: { category: 'input', exit: 3 },
  NOT_SUPPORTED: { category: 'fatal', exit: 1 },

  // a worker's own start, and its door: who may ask what
  START_LINE_INVALID: { category: 'fatal', exit: 1 },
  IMPORT_FAILED: { category: 'fatal', exit: 1 },
  UNAUTHORIZED: { category: 'input', exit: 1 },
  REQUEST_INVALID: { category: 'input', exit: 1 },
  REQUEST_TOO_LARGE: { category: 'input', exit: 1 },
  FENCED: { category: 'fatal', exit: 1 },

  // what a tool raises, unless it gives a code of its own
  TOOL_UNAVAILABLE: { category: 'transient', exit: 1 },
  TOOL_TIMEOUT: { category: 'transient', exit: 1 },
  RESOURCE_EXHAUSTED: { category: 'resource', exit: 1 },
  TOOL_FAILED: { category: 'fatal', exit: 1 },

  // jobs, compositions, stores
  COMPOSITION_INVALID: { category: 'input', exit: 2 },
  INPUT_INVALID: { category: 'input', exit: 2 },
  REFERENCE_UNRESOLVED: { category: 'input', exit: 1 },
  RUN_FAILED: { category: 'fatal', exit: 1 },
  JOB_NOT_FOUND: { category: 'input', exit: 3 },
  IDEMPOTENCY_CONFLICT: { category: 'input', exit: 5 },
  JOB_OVER: { category: 'input', exit: 5 },
  RUN_NOT_OVER: { category: 'input', exit: 5 },
  DECISION_NOT_NEEDED: { category: 'input', exit: 5 },
  DEFINITION_CHANGED: { category: 'input', exit: 5 },
  CURSOR_AHEAD: { category: 'input', exit: 2 },
  PAYLOAD_TOO_LARGE: { category: 'input', exit: 2 },
  STORE_CORRUPT: { category: 'fatal', exit: 78 },
  STORE_NEWER: { category: 'fatal', exit: 78 },
  STORE_ON_NETWORK_FS: { category: 'fatal', exit: 78 },
  STORE_WRITE_FAILED: { category: 'fatal', exit: 1 },
  STORE_WEDGED: { category: 'resource', exit: 75 },

  // claims and leases; what they mean and what to do stands in `kernel/refusals.ts`, and a test keeps the exits equal
  REGION_HELD: { category: 'transient', exit: 5 },
  NAME_HELD: { category: 'transient', exit: 5 },
  LANE_HELD: { category: 'transient', exit: 5 },
  LANE_ALONE: { category: 'transient', exit: 5 },
  CLASS_FULL: { category: 'transient', exit: 5 },
  RESOURCE_HELD: { category: 'resource', exit: 5 },
  LINE_AHEAD: { category: 'transient', exit: 75 },
  RESOURCE_USED: { category: 'resource', exit: 75 },
  LEDGER_BUSY: { category: 'transient', exit: 75 },
  LANE_UNKNOWN: { category: 'input', exit: 4 },
  RESOURCE_UNKNOWN: { category: 'input', exit: 4 },
  CLAIM_NEVER_FITS: { category: 'input', exit: 4 },
  TERM_TOO_LONG: { category: 'input', exit: 4 },
  SECRET_WRONG: { category: 'input', exit: 4 },
  CLAIM_INVALID: { category: 'input', exit: 2 },
  REGION_EMPTY: { category: 'input', exit: 2 },
  REGION_INVALID: { category: 'input', exit: 2 },
  REGION_OUTSIDE_TREE: { category: 'input', exit: 2 },
  PATH_OUTSIDE_LEASE: { category: 'input', exit: 4 },
  LABEL_INVALID: { category: 'input', exit: 2 },
  LEASE_NOT_FOUND: { category: 'input', exit: 3 },
  LEASE_OVER: { category: 'input', exit: 5 },
  LEDGER_UNREADABLE: { category: 'fatal', exit: 78 },
  GIT_FAILED: {
    category: 'input',
    exit: 1,
    hint: 'Name the files, or hand them over: `git diff --name-only -z | capstan scope --stdin …`.',
  },
} as const satisfies { [code: string]: ErrorRow };

export type ErrorCode = keyof typeof rows;
export const errorTable: { readonly [code in ErrorCode]: ErrorRow } = rows;
