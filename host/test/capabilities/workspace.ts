import { join } from 'node:path';
import type { TestContext } from 'node:test';
import {
  type InstallEvent,
  type InstallOptions,
  type InstallReport,
  installCapabilities,
  readWorkspace,
  type Workspace,
} from '../../src/capabilities/index.ts';
import { pathsIn, temporaryFolder, writeFiles } from '../environments/workbench.ts';

/** A workspace of its own with environments of its own, and everything its installations told. */
export class TestWorkspace {
  readonly folder: string;
  readonly events: InstallEvent[] = [];
  /** What has to be closed before the folder goes. */
  readonly open: { close(): Promise<void> }[] = [];

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async with(
    t: TestContext,
    files: { readonly [path: string]: string },
  ): Promise<TestWorkspace> {
    const close = async () => {
      await Promise.all(made.open.map((each) => each.close()));
    };
    const made: TestWorkspace = new TestWorkspace(temporaryFolder(t, close));
    await made.write(files);
    return made;
  }

  get root(): string {
    return join(this.folder, 'workspace');
  }

  write(files: { readonly [path: string]: string }): Promise<void> {
    return writeFiles(this.root, files);
  }

  read(): Promise<Workspace> {
    return readWorkspace(this.root);
  }

  async install(options: Partial<InstallOptions> = {}): Promise<InstallReport> {
    this.events.length = 0;
    return installCapabilities(await this.read(), {
      env: process.env,
      paths: pathsIn(this.folder),
      consent: () => Promise.resolve(false),
      onProgress: (event) => this.events.push(event),
      ...options,
    });
  }

  manifest = (name: string): string => join(this.root, '.capstan/manifests', `${name}.json`);
}

/** The end of each capability, as `name: state` or `name: failed CODE`. */
export const endsOf = ({ capabilities }: InstallReport): string[] =>
  capabilities.map(({ name, state, error }) =>
    error === null ? `${name}: ${state}` : `${name}: ${state} ${error.code}`,
  );
