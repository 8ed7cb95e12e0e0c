/** What is put to the test: a worker command and the modules that its SDK's conformance capability lies in. */
export interface Subject {
  command: string[];
  /** The capability described in README.md. */
  module: string;
  class: string;
  /** A module that raises `conformance: broken on purpose` while it is imported. */
  broken: string;
}

/** One promise of the protocol. `run` throws when the worker does not keep it. */
export interface Check {
  name: string;
  run: (subject: Subject) => Promise<void>;
}
