import { z } from 'zod';
import { whyNotARange } from '../environments/index.ts';

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
  requirements: requirements.optional(),
  lock: lock.optional(),
  env: names.optional(),
};
const npmEnvironment = {
  packages: z.array(text('As npm takes it: name, name@range, a tarball.')).optional(),
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

export const environmentKinds = ['npm', 'uv', 'venv', 'command'] as const;

const environment = z
  .union([
    z.enum(environmentKinds),
    z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('npm'), ...npmEnvironment }),
      z.strictObject({ kind: z.literal('uv'), ...pythonEnvironment }),
      z.strictObject({ kind: z.literal('venv'), ...pythonEnvironment }),
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

const capability = z
  .strictObject({
    name: z
      .string()
      .regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be 1 to 64 of the characters A-Z a-z 0-9 _ -')
      .describe('What this capability is called in compositions and commands.'),
    environment,
    source: text('Its code: a file, a folder, a tarball, or a package to install.').optional(),
    module: text('The module to load, when it cannot be guessed from the source.').optional(),
    class: text('The class to load, when the module has several.').optional(),
    config: z
      .record(z.string(), z.unknown())
      .describe('Settings, checked against its schema.')
      .optional(),
    adapters: z
      .array(z.union([adapterName, z.strictObject({ impl: adapterName })]))
      .describe('Adapters that give it typed tasks.')
      .optional(),
    idleSeconds: z.number().min(0).max(86_400).describe('Ended when idle this long.').optional(),
    slots: z.int().min(1).max(1024).describe('Calls it serves at once.').optional(),
  })
  .refine(({ source, module }) => source !== undefined || module !== undefined, {
    message: 'needs a `source` (or, for code that a package brings, a `module`)',
  });

export const workspaceSchema = z
  .strictObject({
    capabilities: z.array(capability).describe('The tools of this workspace.'),
  })
  .meta({
    title: 'capstan.yaml',
    description: 'Declares the capabilities of a Capstan workspace.',
  });

export type WorkspaceText = z.infer<typeof workspaceSchema>;
export type CapabilityText = WorkspaceText['capabilities'][number];

/** The JSON Schema of `capstan.yaml`, for editors. */
export const workspaceJsonSchema = (): object => z.toJSONSchema(workspaceSchema, { io: 'input' });
