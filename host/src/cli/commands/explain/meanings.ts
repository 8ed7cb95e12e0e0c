import type { ErrorCode } from '../../../error-table.ts';
import type { RefusalCode } from '../../../lease-desk.ts';

/** What the codes mean that have nothing to do with leases, word for word as in `docs/errors.md`; a test keeps the two equal. */
export const meanings: { readonly [code in Exclude<ErrorCode, RefusalCode>]: string } = {
  INTERNAL: 'A bug in Capstan. Please report the text above it.',
  USAGE: 'The command line is not understood. `--help` after any command shows how it is used.',
  CODE_UNKNOWN:
    '`capstan explain` was asked for a code that there is not; the nearest one is suggested.',
  INTERRUPTED: 'You ended it, with Ctrl-C for instance; nothing of it is left running.',
  WORKSPACE_NOT_FOUND:
    'There is no `capstan.yaml` here or above. `capstan init`, or `-C <folder>`.',
  WORKSPACE_BUSY:
    'Another Capstan owns this workspace; the message names its process. Commands that only look work meanwhile.',
  HOST_LOST:
    'The host that was asked ended before it answered, so whether it took the request is not known. What was accepted is kept and goes on with the next host: `capstan up`, or `capstan resume`.',
  DECLARATION_INVALID:
    "`capstan.yaml`, or a command's declaration, has mistakes; each is listed with line and column.",
  FILE_NOT_FOUND: 'A file that was named is not there or cannot be read.',
  ENV_BUILD_FAILED:
    'The package manager failed; its own last words are quoted. Nothing half-built is left.',
  ENV_UNSOLVABLE:
    "The requirements contradict each other or do not exist; the solver's words are quoted.",
  ENV_TOOL_MISSING:
    "npm, uv, pip, Python's venv module or the wrapped program is not on this machine.",
  ENV_INTERPRETER_MISSING:
    'No Python in the range asked for; the message lists those that were found.',
  ENV_CHANGED:
    'An installed environment was changed or removed. `capstan install` builds it again.',
  ENV_DISK_FULL: 'The disk filled up during a build. What was half-built has been removed.',
  FOLDER_NOT_WRITABLE:
    'Capstan may not write where environments or records belong; the folder is named.',
  CONSENT_NEEDED: 'Something would be fetched and nobody was there to agree. `--yes` agrees.',
  INTROSPECTION_FAILED:
    'The capability could not be loaded in its environment; the exception is quoted.',
  MANIFEST_INVALID:
    'A manifest cannot be used; the member is named. `capstan install --force <name>` writes it anew.',
  CAPABILITY_NOT_FOUND: 'No capability of that name is declared; the nearest name is suggested.',
  CAPABILITY_DISABLED: 'It was disabled. `capstan enable <name>` enables it again.',
  CAPABILITY_NOT_INSTALLED: 'It is declared but not installed. `capstan install <name>`.',
  SECRET_MISSING:
    'A capability declares a variable as required, and it has no value. `capstan secret set <capability> <name>`, or `capstan env set`; the message has the whole command.',
  SECRETS_LOCKED:
    'The secrets are encrypted and their key is not here: no passphrase, a wrong one, or a keychain that does not answer. `capstan secret unlock` hands the passphrase to the host that is up. See docs/secrets.md.',
  SECRETS_UNREADABLE:
    'The file of the secrets is damaged, newer than this Capstan, a link, or open to others. Nothing is written to it; the message says how to go on.',
  VARIABLE_NOT_FOUND:
    'A capability declares no variable, or no secret, of that name; the nearest one is suggested.',
  VARIABLE_INVALID:
    "A variable's value is none of its options, or the variable is of the other kind: secrets are set with `capstan secret set`, others with `capstan env set`.",
  CONFIG_INVALID:
    'Settings do not fit what the capability declares, or it refused them. Everything that is wrong is named, with what is allowed; nothing has changed. `capstan config schema NAME` shows what there is to set.',
  ADAPTER_INCOMPATIBLE:
    'An adapter asks for methods or properties the tool does not have, or two adapters were named for one task; everything missing is named.',
  ADAPTER_NOT_FOUND:
    "No adapter of that name is in the capability's environment; the nearest one is named.",
  INSTANCE_NOT_FOUND:
    'No instance has this name; the nearest ones are named. Generated names are gone with their host.',
  INSTANCE_EXISTS: 'The name is that of a capability, or of an instance of another one.',
  CAPABILITY_IN_USE:
    'Something of the capability runs, so it cannot be removed; the command that ends it is named.',
  WORKER_NOT_READY: 'A worker did not get ready in time and was ended; a diagnosis follows.',
  WORKER_START_FAILED: 'A worker could not be started or ended at once; its last output is quoted.',
  RECONFIGURE_FAILED:
    'The tool failed while it was given another configuration. The one it had is still in force.',
  PREFETCH_FAILED: 'The tool could not fetch what it needs: its own message is quoted.',
  MONITOR_FAILED:
    'The capability that `monitor` in `capstan.yaml` names did not tell what the machine has: its own message is quoted, and the built-in monitor measures in its place.',
  WORKER_LOST:
    'A worker died during a call: how it ended and its last output are quoted. Of the category resource where the kernel, or V8, says that memory ran out.',
  STREAM_LOST:
    'The host, or whoever read a stream, ended before the stream did. A stream is never repeated by itself; begin it again.',
  WORKER_PROTOCOL: 'A worker answered something that is not the protocol; the beginning is quoted.',
  VERSION_SKEW:
    'Host and worker have no protocol version in common. `capstan install <name>` renews its SDK.',
  DEADLINE_EXCEEDED: 'The call took longer than its deadline allowed.',
  CANCELLED: 'The job or its run was cancelled.',
  ACTION_NOT_FOUND: 'The capability has no such action; the nearest is suggested.',
  FILE_OUTSIDE_CALL_DIR:
    'A call returned a file that it did not write in its own folder. The result is refused.',
  VALUE_INVALID:
    'A value cannot travel: a number that is not finite, an integer beyond 2^53, broken text. The place is named.',
  TASK_NOT_FOUND: 'No adapter is bound for the task, or it has no such method.',
  NOT_SUPPORTED: 'The capability declines what was asked.',
  START_LINE_INVALID: 'A worker was given a start line it cannot use; the member is named.',
  IMPORT_FAILED: "The capability's module could not be imported; the exception is quoted.",
  UNAUTHORIZED: 'A request to a worker without its token.',
  REQUEST_INVALID: 'A request to a worker that is not of the protocol; what is wrong is named.',
  REQUEST_TOO_LARGE: 'The inputs of a call exceed 16 MiB. Pass large things as files.',
  FENCED: 'A call came from a host whose claim on the worker has passed to another.',
  TOOL_UNAVAILABLE: 'What the tool needs is busy or away: a refused connection, a time-out.',
  TOOL_TIMEOUT: 'Something the tool waited for took too long.',
  RESOURCE_EXHAUSTED:
    'The tool ran out of memory, disk or GPU; how much is missing is said where known.',
  TOOL_FAILED: 'The tool itself failed; its exception or last words are quoted.',
  COMPOSITION_INVALID:
    'A composition has mistakes; each is listed with line and column, before anything runs.',
  INPUT_INVALID: 'An input of a run is missing, unknown or of the wrong type.',
  REFERENCE_UNRESOLVED:
    'A reference leads to nothing in the value that was really there; what was there is listed.',
  RUN_FAILED: "A run failed; the node's own error says why.",
  JOB_NOT_FOUND: 'No job or run has this id. `capstan jobs` lists them.',
  IDEMPOTENCY_CONFLICT: 'The same idempotency key was used for something else.',
  JOB_OVER: 'It has ended already, and an end is final.',
  RUN_NOT_OVER:
    'The run is still going on, so there is nothing to repeat yet. Wait for it, or cancel it.',
  DECISION_NOT_NEEDED: 'Nobody asked for a decision about this job.',
  DEFINITION_CHANGED:
    "The composition's file is not the one the run was started with. `capstan retry <run> --with-definition new` takes the file as it is now, `original` what was recorded.",
  CURSOR_AHEAD: 'The journal is not that long yet: the cursor comes from elsewhere.',
  PAYLOAD_TOO_LARGE: 'An argument or a result is above the cap. Pass large things as files.',
  STORE_CORRUPT:
    'A database is damaged or not ours. It was not touched; the message names it and what to do.',
  STORE_NEWER: 'The workspace was used by a newer Capstan. Use that one.',
  STORE_ON_NETWORK_FS:
    'The workspace is on a network filesystem, where locks and fsyncs may lie. Move it to a local disk.',
  STORE_WRITE_FAILED: 'A change could not be written, so it was not accepted.',
  STORE_WEDGED:
    'Writing failed before, so new work is refused until a check succeeds; running work keeps its results.',
  GIT_FAILED:
    'Git was asked which files changed and could not say: it is not installed, this is no repository, there is no such commit, or it took longer than ten seconds. Nothing is taken to be in scope. Name the files, or hand them over with `--stdin`.',
};
