import { createHash } from 'node:crypto';
import {
  contentHash,
  type EnvironmentPlan,
  type EnvironmentRequirement,
  type Machine,
  planEnvironment,
  requirementIdentity,
} from '../environments/index.ts';
import { HostError } from '../errors.ts';
import { type CompiledCommand, compileCommand } from './command-declaration.ts';
import type { CapabilityDeclaration, Workspace } from './declaration.ts';
import { requirementOf } from './requirement-of.ts';
import { checkLanguage, type Source, sourceOf } from './source.ts';

/** A capability with everything decided about its installation and nothing done yet. */
export interface Prepared extends Wanted {
  plan: EnvironmentPlan;
}

/** What `capstan.yaml` and the files it names ask for; the same on every machine. */
export interface Wanted {
  declaration: CapabilityDeclaration;
  source: Source;
  /** Of a source file or folder; null when the code comes as a package. */
  sourceHash: string | null;
  requirement: EnvironmentRequirement;
  /** Over everything asked for but the code itself. */
  requirementHash: string;
  /** The checked declaration of a command capability. */
  command: CompiledCommand | null;
}

/** Reads what a declaration names, without asking this machine what it can do. */
export async function want(
  declaration: CapabilityDeclaration,
  workspace: Workspace,
): Promise<Wanted> {
  const source = await sourceOf(declaration, workspace);
  checkLanguage(declaration, source, workspace);
  const command =
    declaration.environment.kind === 'command'
      ? await compileCommand(declaration, source, workspace.file)
      : null;
  const requirement = await requirementOf(declaration, source, workspace);
  const isCode = source.kind === 'file' || source.kind === 'folder';
  const { module, class: className, adapters, instances } = declaration;
  const ofInstances = instances.flatMap((instance) => instance.adapters ?? []);
  const asked = [
    requirement.kind,
    requirementIdentity(requirement),
    declaration.source,
    module,
    className,
    adapters,
    // most have none, and keep the hash that they had
    ...(ofInstances.length === 0 ? [] : [ofInstances]),
    ...(declaration.dialect === 'capstan' ? [] : [declaration.dialect]),
  ];
  return {
    declaration,
    source,
    sourceHash: isCode ? (command?.sha256 ?? (await contentHash(source.path))) : null,
    requirement,
    requirementHash: createHash('sha256').update(JSON.stringify(asked)).digest('hex'),
    command,
  };
}

/** Decides how a capability would be installed on this machine. */
export async function prepare(
  declaration: CapabilityDeclaration,
  workspace: Workspace,
  machine: Machine,
): Promise<Prepared> {
  const wanted = await want(declaration, workspace);
  await checkExecutable(wanted, machine);
  return { ...wanted, plan: await planEnvironment(wanted.requirement, machine) };
}

/** The same without a tool that its user does not want installed. */
export async function prepareWithoutUv(prepared: Prepared, machine: Machine): Promise<Prepared> {
  const plan = await planEnvironment(prepared.requirement, machine, { uvRefused: true });
  return { ...prepared, plan };
}

async function checkExecutable(
  { declaration, requirement, command }: Wanted,
  machine: Machine,
): Promise<void> {
  if (command === null || requirement.kind !== 'command' || requirement.package !== null) return;
  const { executable } = command.declaration;
  if (executable.includes('/') || (await machine.which(executable)) !== null) return;
  throw new HostError(
    'ENV_TOOL_MISSING',
    `${declaration.name} wraps the program ${executable}, which is not on the PATH.`,
    { hint: `Install ${executable}, or name a package that brings it as \`environment.package\`.` },
  );
}
