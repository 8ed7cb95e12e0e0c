import { z } from 'zod';
import { errorTable } from '../error-table.ts';
import { parseDuration } from '../quantities.ts';

/** What `capstan.yaml` says about claims and leases, as its author writes it. */
const label = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._/-]{0,63}$/,
    'must be 1 to 64 of the characters A-Z a-z 0-9 . _ / - and begin with a letter or a digit',
  );

const text = (description: string) =>
  z
    .string()
    .min(1, 'must not be empty')
    .max(500, 'is longer than 500 characters')
    // oxlint-disable-next-line no-control-regex -- it is told in one line of a terminal
    .regex(/^[^\u0000-\u001f\u007f-\u009f\u2028\u2029]*$/, 'must be one line of plain text')
    .describe(description);

const duration = (description: string, mostMs: number, most: string) =>
  z
    .string({
      error: ({ input }) =>
        typeof input === 'number' ? 'needs a unit: write 30s, 30m or 1h30m' : undefined,
    })
    .superRefine((written, context) => {
      const ms = /[a-z]$/.test(written) ? parseDuration(written) : null;
      const wrong =
        ms === null
          ? `cannot be ${JSON.stringify(written)}; write 30s, 30m or 1h30m`
          : ms === 0 || ms > mostMs
            ? `must be more than nothing and at most ${most}`
            : null;
      if (wrong !== null) context.addIssue({ code: 'custom', message: wrong });
    })
    .describe(description);

const day = 24 * 3_600_000;

const lane = z
  .strictObject({
    paths: z
      .array(z.string())
      .min(1, 'is empty; leave it out for a lane without paths')
      .max(1000, 'has more than 1,000 patterns')
      .describe('Paths that come with it, as globs from the folder of this file.')
      .optional(),
    exclusive: z.boolean().describe('One holder at a time, whatever is asked for.').optional(),
    alone: z
      .boolean()
      .describe('Nothing else may be held while it is, and it is not granted while anything is.')
      .optional(),
    class: label.describe('The class that its holders count in.').optional(),
  })
  .nullable();

const whole = (description: string) => z.int().min(1).max(1_000_000_000).describe(description);

const leaseClass = z.strictObject({
  most: whole('So many of its holders at once, of all its lanes together.'),
});

const measured = /^(ram|cpu|gpu(:.*)?|gpu\/.*|vram|disk(:.*)?)$/;
const ours = /^(slots|class|lane|name):/;

const resourceName = z.string().superRefine((name, context) => {
  const wrong = measured.test(name)
    ? 'is measured on the machine, not declared; `headroom` says how much of it may be granted'
    : ours.test(name)
      ? 'begins with a word that Capstan uses itself'
      : /^[A-Za-z0-9][A-Za-z0-9._/:-]{0,63}$/.test(name)
        ? null
        : 'must be 1 to 64 of the characters A-Z a-z 0-9 . _ / : - and begin with a letter or a digit';
  if (wrong !== null) context.addIssue({ code: 'custom', message: wrong });
});

const resource = z.union([
  whole('How many there are, for this workspace.'),
  z.strictObject({
    amount: whole('How many there are.'),
    scope: z
      .enum(['workspace', 'machine'])
      .describe('`machine`: for all workspaces of it together; workspace unless said.')
      .optional(),
  }),
]);

const leases = z.strictObject({
  term: duration('Of a lease that names none; 30m unless said.', 30 * day, '30d').optional(),
  maxTerm: duration(
    'The longest term that is granted; 24h unless said.',
    365 * day,
    '365d',
  ).optional(),
  overlap: z
    .enum(['refuse', 'tolerate'])
    .describe(
      'Of a region that overlaps another: refuse unless said; tolerate grants it, and tells.',
    )
    .optional(),
  aging: duration(
    'One that waits for an amount may be overtaken for so long; 30s unless said.',
    day,
    '24h',
  ).optional(),
});

const refusalCode = z.string().superRefine((code, context) => {
  const wrong = !/^[A-Z][A-Z0-9_]{1,63}$/.test(code)
    ? 'must be 2 to 64 of the characters A-Z 0-9 _ and begin with a letter'
    : Object.hasOwn(errorTable, code)
      ? 'is a code of Capstan itself; choose another'
      : null;
  if (wrong !== null) context.addIssue({ code: 'custom', message: wrong });
});

const refusal = z.strictObject({
  summary: text('What it means, in one sentence.'),
  fix: text('What to do next.'),
  exit: z.int().min(1).max(125).describe('The exit code a script ends with.').optional(),
});

const liveness = z.strictObject({
  young: duration(
    'Whoever began less than this ago is too young to tell.',
    30 * day,
    '30d',
  ).optional(),
  silence: duration('Nothing heard for so long is silence.', 30 * day, '30d').optional(),
  spinning: duration(
    'Signs of life without any change for so long are spinning.',
    30 * day,
    '30d',
  ).optional(),
});

const share = (of: string) =>
  z
    .number()
    .gt(0, 'must be more than 0')
    .max(1, 'is a share of what there is: 1 at most, such as 0.9')
    .describe(`The share of ${of} that may be granted; 0.9 unless said.`);

/** The keys of `capstan.yaml` beside `capabilities`. */
export const leaseKeys = {
  lanes: z
    .record(label, lane)
    .describe('Names that agents and scripts hold, with the paths that come with them.')
    .optional(),
  classes: z
    .record(label, leaseClass)
    .describe('Limits on the holders of several lanes together.')
    .optional(),
  resources: z
    .record(resourceName, resource)
    .describe('What is counted, not measured: licences, seats, test databases.')
    .optional(),
  leases: leases.describe('How leases are granted here.').optional(),
  refusals: z
    .record(refusalCode, refusal)
    .describe("Codes of this workspace's own scripts, for `capstan explain`.")
    .optional(),
  liveness: liveness
    .describe('When whoever holds a lease counts as stalled or spinning.')
    .optional(),
  monitor: z
    .string()
    .describe(
      'A capability of this file that measures the machine instead of the built-in monitor.',
    )
    .optional(),
  headroom: z
    .strictObject({ ram: share('the memory').optional(), vram: share("a GPU's memory").optional() })
    .describe('How much of what the machine has may be granted.')
    .optional(),
};
