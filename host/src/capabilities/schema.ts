import { tracebackPolicies } from '@capstan/protocol';
import { z } from 'zod';
import { condaKinds, whyNotARange } from '../environments/index.ts';
import { leaseKeys } from './lease-schema.ts';
import { needsText } from './needs.ts';

/** `capstan.yaml` as its author writes it. Published for editors as `schemas/capstan.schema.json`. */
const text = (description: string) => z.string().min(1, 'must not be empty').describe(description);

const names = z
  .array(
    z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be the name of an environment variable'),
  )
  .describe('Environment variables that are passed on to the capability.');

const python = z
  .string({
    error: ({ input }) =>
      typeof input === 'number'
        ? 'write the version in quotes, such as "3.10"; YAML reads it as a number otherwise'
        : undefined,
  })
  .superRefine((range, context) => {
    const message = whyNotARange(range);
    if (message !== null) context.addIssue({ code: 'custom', message });
  })
  .describe('Which Python: a range such as ">=3.10,<3.13", or a version such as "3.11".');

const requirements = z
  .union([text('A requirements file, relative to this file.'), z.array(text('As pip takes it.'))])
  .describe('Python packages, as a list or as the path of a requirements file.');

const lock = text('A fully pinned lock file; then exactly that is installed.');

const pythonEnvironment = {
  python: python.optional(),
  ignoreRequiresPython: z
    .boolean()
    .describe('Install packages also where they say that they need another Python; with pip.')
    .optional(),
  requirements: requirements.optional(),
  lock: lock.optional(),
  env: names.optional(),
};
const npmEnvironment = {
  packages: z.array(text('As npm takes it: name, name@range, a tarball.')).optional(),
  allowScripts: z
    .array(
      z
        .string()
        .regex(
          /^(@[a-z0-9._~-]+\/)?[a-z0-9._~-]+$/i,
          'must be the name of a package, without a version',
        ),
    )
    .describe('Packages whose install scripts run. Those of all others never do.')
    .optional(),
  lock: lock.optional(),
  env: names.optional(),
};

const commandPackage = z
  .strictObject({
    uv: text('A Python package, installed with uv.').optional(),
    venv: text('A Python package, installed with pip.').optional(),
    npm: text('An npm package.').optional(),
    path: text('Where the executable lies in the environment; may hold `*`.').refine(
      (path) => !path.startsWith('/') && !path.split('/').includes('..'),
      'must lie inside the environment',
    ),
  })
  .refine(({ uv, venv, npm }) => [uv, venv, npm].filter(Boolean).length === 1, {
    message: 'name one package, under `uv`, `venv` or `npm`',
  })
  .describe('The package that brings the executable.');

export const dialects = ['capstan', 'cjm'] as const;
export type Dialect = (typeof dialects)[number];

/** What an address holds may be another thing tomorrow, and nobody would notice. */
const environmentFile = (description: string) =>
  text(description)
    .refine(
      (path) => !/^\w+:\/\//.test(path),
      'must be a file of this disk; fetch it, and keep it with your code',
    )
    .optional();

const condaEnvironment = {
  tool: text(
    'The program to build with: a path, relative to this file, or a name on the PATH.',
  ).optional(),
  file: environmentFile('An environment.yml, relative to this file.'),
  python: python.optional(),
  channels: z.array(text('A name, an address, or a folder.')).min(1).optional(),
  packages: z.array(text('As conda takes it: name, name=1.2, channel::name>=1.')).optional(),
  requirements: requirements.optional(),
  lock: lock.optional(),
  env: names.optional(),
};
const pixiEnvironment = {
  ...condaEnvironment,
  file: environmentFile('A pixi.toml, relative to this file.'),
};

export const environmentKinds = ['npm', 'uv', 'venv', ...condaKinds, 'command'] as const;

const environment = z
  .union([
    z.enum(environmentKinds),
    z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('npm'), ...npmEnvironment }),
      z.strictObject({ kind: z.literal('uv'), ...pythonEnvironment }),
      z.strictObject({ kind: z.literal('venv'), ...pythonEnvironment }),
      z.strictObject({ kind: z.literal('conda'), ...condaEnvironment }),
      z.strictObject({ kind: z.literal('mamba'), ...condaEnvironment }),
      z.strictObject({ kind: z.literal('micromamba'), ...condaEnvironment }),
      z.strictObject({ kind: z.literal('pixi'), ...pixiEnvironment }),
      z.strictObject({
        kind: z.literal('command'),
        package: commandPackage.optional(),
        env: names.optional(),
      }),
    ]),
  ])
  .describe('Where the capability lives: a kind, or a kind with what it needs.');

const adapterName = z
  .string()
  .regex(/^[^:\s]+:[A-Za-z_$][\w$]*$/, 'must look like "module:Class"')
  .describe('An adapter, as "module:Class".');

const id = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be 1 to 64 of the characters A-Z a-z 0-9 _ -');

const config = z.record(z.string(), z.unknown()).describe('Settings, checked against its schema.');
const adapters = z
  .array(z.union([adapterName, z.strictObject({ impl: adapterName })]))
  .describe(
    'Just these adapters; unless given, every one that is found in its environment and fits.',
  );
const silenceSeconds = z
  .number()
  .min(0.1)
  .max(86_400)
  .describe(
    'Its worker hangs when a phase of it (initialize, prefetch) tells nothing new this long.',
  );
const idleSeconds = z.number().min(0).max(86_400).describe('Ended when idle this long.');
const slots = z.int().min(1).max(1024).describe('Calls it serves at once.');

const drift = z
  .boolean()
  .describe('Whether a worker that starts is compared with its manifest; true unless said.');

const tracebacks = z
  .enum(tracebackPolicies)
  .describe("What of a tool's own exceptions leaves its worker; full unless said.");

const instance = z
  .strictObject({
    config: config.optional(),
    adapters: adapters.optional(),
    idleSeconds: idleSeconds.optional(),
    slots: slots.optional(),
    resources: needsText.optional(),
    env: z
      .record(
        z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be the name of an environment variable'),
        z.union([z.string(), z.number(), z.boolean()]),
      )
      .describe('Values for variables that the capability declares; never secrets.')
      .optional(),
  })
  .nullable()
  .describe('What differs from the capability itself.');

const capability = z
  .strictObject({
    name: id.describe('What this capability is called in compositions and commands.'),
    environment,
    source: text('Its code: a file, a folder, a tarball, or a package to install.').optional(),
    module: text('The module to load, when it cannot be guessed from the source.').optional(),
    class: text('The class to load, when the module has several.').optional(),
    dialect: z
      .enum(dialects)
      .describe('How its worker is spoken to; `cjm` for workers of cjm-substrate.')
      .optional(),
    config: config.optional(),
    lenient: z
      .boolean()
      .describe('Settings it does not know are dropped with a warning instead of refused.')
      .optional(),
    adapters: adapters.optional(),
    idleSeconds: idleSeconds.optional(),
    silenceSeconds: silenceSeconds.optional(),
    slots: slots.optional(),
    resources: needsText.optional(),
    drift: drift.optional(),
    tracebacks: tracebacks.optional(),
    instances: z
      .record(id, instance)
      .describe('Further instances, by name, each with a worker and settings of its own.')
      .optional(),
  })
  .refine(({ source, module }) => source !== undefined || module !== undefined, {
    message: 'needs a `source` (or, for code that a package brings, a `module`)',
  });

export const workspaceSchema = z
  .strictObject({
    capabilities: z
      .array(capability)
      .describe('The tools of this workspace; may be left out where only leases are wanted.')
      .optional(),
    drift: drift.optional(),
    tracebacks: tracebacks.optional(),
    ...leaseKeys,
  })
  .meta({
    title: 'capstan.yaml',
    description:
      'Declares the capabilities of a Capstan workspace, and the rules by which it is shared.',
  });

export type WorkspaceText = z.infer<typeof workspaceSchema>;
export type CapabilityText = NonNullable<WorkspaceText['capabilities']>[number];

/** The JSON Schema of `capstan.yaml`, for editors. */
export const workspaceJsonSchema = (): object => z.toJSONSchema(workspaceSchema, { io: 'input' });
