import assert from 'node:assert/strict';
import { test } from 'node:test';
import { composition as build } from '../../src/compositions/builder.ts';
import { formHash } from '../../src/compositions/hashes.ts';
import { parseComposition, readComposition } from '../../src/compositions/parse.ts';
import { HostError } from '../../src/errors.ts';
import { formProblemsOf, problemsIn, yaml } from './problems.ts';

test('a composition is brought to its normal form: defaults filled in, file shorthand expanded', () => {
  const text = yaml(`
    # yaml-language-server: $schema=composition.schema.json
    $schema: ./composition.schema.json
    name: talk-notes
    inputs:
      audio: { type: file, description: A talk }
      clips: { type: array, items: { type: file }, default: [] }
    nodes:
      wav: { use: ffmpeg, action: convert, with: { audio: "\${{ inputs.audio }}" } }
      speech: { use: vad, task: voice-activity, method: detect, needs: [wav], priority: 5, deadlineMs: 1000 }
    outputs: { wav: "\${{ nodes.wav.output }}" }
  `);
  assert.deepEqual(parseComposition(text, 'talk.yaml'), {
    name: 'talk-notes',
    inputs: {
      audio: { $ref: 'capstan:file', description: 'A talk' },
      clips: { type: 'array', items: { $ref: 'capstan:file' }, default: [] },
    },
    nodes: {
      wav: { use: 'ffmpeg', action: 'convert', with: { audio: '${{ inputs.audio }}' }, needs: [] },
      speech: {
        use: 'vad',
        task: 'voice-activity',
        method: 'detect',
        with: {},
        needs: ['wav'],
        priority: 5,
        deadlineMs: 1000,
      },
    },
    outputs: { wav: '${{ nodes.wav.output }}' },
    failFast: true,
  });
});

test('how a node is to be tried is part of its form, and of its hash', () => {
  const how = `
          priority: 9
          deadlineMs: 1000
          withinMs: 60000
          delayMs: 0
          retry: { attempts: 3, backoffMs: 50, jitter: 0 }
          control: { fast: true }`;
  const given = parseComposition(
    yaml(`
      name: c
      nodes:
        a:
          use: x
          action: y${how}
    `),
    'c.yaml',
  );
  assert.deepEqual(given.nodes['a'], {
    use: 'x',
    action: 'y',
    with: {},
    needs: [],
    priority: 9,
    deadlineMs: 1000,
    withinMs: 60_000,
    delayMs: 0,
    retry: { attempts: 3, backoffMs: 50, jitter: 0 },
    control: { fast: true },
  });
  const built = build('c');
  const { use: _use, action: _action, with: _with, needs: _needs, ...same } = given.nodes['a'];
  built.node('a', { use: 'x', action: 'y', ...same });
  assert.deepEqual(built.build(), given);
  const { retry: _, ...node } = given.nodes['a'];
  assert.notEqual(formHash({ ...given, nodes: { a: node } }), formHash(given));
});

test('anchors, aliases, merged keys, tabs in JSON and a byte order mark are all fine', () => {
  const text = yaml(`
    name: &n shared
    description: *n
    nodes:
      a: &a { use: ffmpeg, action: probe, with: { audio: x.wav } }
      b: { <<: *a, action: convert }
  `);
  const composition = parseComposition(text, 'c.yaml');
  assert.equal(composition.description, 'shared');
  assert.deepEqual(composition.nodes['b'], { ...composition.nodes['a'], action: 'convert' });
  assert.equal(parseComposition('\uFEFF{\n\t"name": "j",\n\t"nodes": {}\n}', 'j.json').name, 'j');
});

test('a composition without a name is called as its file is', () => {
  assert.equal(parseComposition('nodes: {}', 'some/where/talk-notes.yaml').name, 'talk-notes');
  assert.equal(parseComposition('{"nodes": {}}', 'talk.json').name, 'talk');
  assert.equal(readComposition({ nodes: {} }, './talk.ts').name, 'talk');
  assert.equal(readComposition({ nodes: {} }).name, 'composition');
});

const head = 'name: c\nnodes:\n';
const cases: [what: string, text: string, problems: string[]][] = [
  ['an empty file', '', ['1:1 the file is empty (a composition has at least `nodes`)']],
  [
    'a file of comments',
    '# later\n',
    ['1:1 the file is empty (a composition has at least `nodes`)'],
  ],
  ['a list', '- a\n', ['1:1 a composition must be a mapping, not a list']],
  ['no nodes', 'failFast: true\n', ['1:1 nodes is missing']],
  [
    'lists and texts where there are mappings',
    'inputs: [a]\nnodes:\n  - { id: a, use: x, action: y }\noutputs: [o]\n',
    [
      '1:9 inputs must be a mapping, not a list (write each under its name: `inputs: { audio: { type: file } }`)',
      '3:3 nodes must be a mapping, not a list (write each under its id: `nodes: { wav: { use: ffmpeg, action: convert } }`)',
      '4:10 outputs must be a mapping, not a list (write each under its name: `outputs: { wav: "${{ nodes.wav.output }}" }`)',
    ],
  ],
  [
    'short forms that there are not',
    'inputs: { n: number }\nnodes:\n  a: x.y\n  b: { use: x, action: y, needs: a }\n',
    [
      '1:14 inputs.n must be a mapping, not the text "number" (write `{ type: number }`)',
      '3:6 nodes.a must be a mapping, not the text "x.y" (write `{ use: CAPABILITY, action: ACTION }`)',
      '4:34 nodes.b.needs must be a list, not the text "a" (write `[a]`)',
    ],
  ],
  ['empty nodes', 'name: c\nnodes:\n', ['2:7 nodes must be a mapping, not empty']],
  [
    'values of the wrong kind',
    'name: 3\ndescription: [a]\nnodes: {a: 3}\nfailFast: yes\n',
    [
      '1:7 name must be text, not 3',
      '2:14 description must be text, not a list',
      '3:12 nodes.a must be a mapping, not 3',
      '4:11 failFast must be true or false, not the text "yes"',
    ],
  ],
  [
    'unknown keys, at the top and in a node',
    'name: c\nnods: {}\nnodes:\n  a: { use: x, action: y, wiht: {} }\n',
    [
      '2:1 unknown key "nods" (did you mean "nodes"? keys: name, description, inputs, nodes, outputs, failFast)',
      '4:27 unknown key "wiht" (did you mean "with"? keys: use, action, task, method, with, needs, priority, deadlineMs, withinMs, delayMs, retry, control)',
    ],
  ],
  [
    'a node id twice',
    `${head}  a: { use: x, action: y }\n  a: { use: x, action: y }\n`,
    ['4:3 this key is already there (give it another name, or remove one of the two)'],
  ],
  [
    'names that references could not write',
    `inputs: { "a b": {} }\n${head}  1st: { use: x, action: y }\n  é: { use: x, action: y }\noutputs: { a.b: 1 }\n`,
    [
      '1:11 "a b" cannot name an input (names start with a letter or _, and go on with letters, digits, _ and -)',
      '4:3 "1st" cannot name a node (names start with a letter or _, and go on with letters, digits, _ and -)',
      '5:3 "é" cannot name a node (names start with a letter or _, and go on with letters, digits, _ and -)',
      '6:12 "a.b" cannot name an output (names start with a letter or _, and go on with letters, digits, _ and -)',
    ],
  ],
  [
    'the name that JavaScript keeps for itself',
    `${head}  __proto__: { use: x, action: y }\n`,
    [
      '3:3 "__proto__" cannot name a node (names start with a letter or _, and go on with letters, digits, _ and -)',
    ],
  ],
  [
    'keys that are not text',
    `${head}  a: { use: x, action: y, with: { 1: a, true: b, ? [c] : d } }\n`,
    [
      '3:35 a key must be text, and `1` is not (write "1" in quotes)',
      '3:41 a key must be text, and `true` is not (write "true" in quotes)',
      '3:52 a key must be text, not a list or a mapping',
    ],
  ],
  [
    'numbers that JSON cannot carry',
    `${head}  a: { use: x, action: y, with: { n: .inf, big: 9007199254740993 } }\n`,
    [
      '3:38 .inf is not a number that JSON can carry exactly (write it in quotes if text will do)',
      '3:49 9007199254740993 is not a number that JSON can carry exactly (write it in quotes if text will do)',
    ],
  ],
  [
    'a value that contains itself',
    'name: c\nnodes: &n { a: *n }\n',
    ['2:16 *n would contain itself'],
  ],
  ['an alias to nothing', 'name: *nobody\nnodes: {}\n', ['1:7 there is no anchor &nobody above']],
  [
    'aliases that multiply',
    `a: &a [x, x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a]\nc: &c [*b, *b, *b, *b, *b, *b, *b, *b]\nd: &d [*c, *c, *c, *c, *c, *c, *c, *c]\ne: [*d, *d, *d, *d]\n`,
    ['1:1 not usable YAML: Excessive alias count indicates a resource exhaustion attack'],
  ],
  [
    'a second document',
    'name: c\nnodes: {}\n---\nname: d\n',
    ['3:1 a file holds one composition, and here a second document starts'],
  ],
  [
    'a tab as indentation',
    'name: c\nnodes:\n\ta: {}\n',
    ['3:1 not valid YAML: Tabs are not allowed as indentation (indent with spaces)'],
  ],
  [
    'a text that is never closed',
    'name: "c\nnodes: {}\n',
    ['3:1 not valid YAML: Missing closing "quote'],
  ],
  [
    'an unknown tag',
    'name: !secret c\nnodes: {}\n',
    ['1:7 not valid YAML: Unresolved tag: !secret'],
  ],
  [
    'a reference in braces without quotes',
    `${head}  a: { use: x, action: y, with: { audio: \${{ inputs.audio }} } }\n`,
    [
      '3:43 not valid YAML: Unexpected flow-map-start at node end (inside { … } and [ … ] a reference needs quotes: "${{ inputs.name }}")',
    ],
  ],
  [
    'nodes that do not say what to call, or say it twice',
    `${head}  a: { use: x }\n  b: { use: x, action: y, task: z, method: m }\n  c: { use: x, task: z }\n  d: { use: x, method: m }\n  e: { use: x, action: y, method: m }\n`,
    [
      '3:6 this node does not say what to call (a node calls either an `action`, or a `task` by one `method`)',
      '4:27 this node has both an action and a task (a node calls either an `action`, or a `task` by one `method`)',
      '5:16 this node names a task, but not its method (a node calls either an `action`, or a `task` by one `method`)',
      '6:16 this node names a method, but not its task (a node calls either an `action`, or a `task` by one `method`)',
      '7:27 this node has both an action and a method (a node calls either an `action`, or a `task` by one `method`)',
    ],
  ],
  [
    'inputs that are no schemas',
    'name: c\ninputs:\n  a: { type: fiel }\n  b: { type: string, descripton: x }\n  c: { type: integer, default: ten }\n  d: 3\nnodes: {}\n',
    [
      '3:14 "fiel" is not a type (did you mean "file"? types: file, string, integer, number, boolean, array, object, null)',
      '4:22 unknown key "descripton" (did you mean "description"? keys: type, description, default, enum, const, minimum, maximum, minLength, maxLength, pattern, items, properties, required, anyOf, title, examples)',
      '5:32 the default of "c" must be a whole number',
      '6:6 inputs.d must be a mapping, not 3',
    ],
  ],
  [
    'malformed references, wherever they are written',
    yaml(`
      name: c
      nodes:
        a:
          use: x
          action: y
          with:
            plain: \${{ input.x }}
            quoted: "é \\"\${{ inputs.x }} \${{ nodes.b }}"
            block: |
              first
              then \${{ inputs.x }} and \${{ inputs.x! }}
            folded: >-
              first
              then \${{ }}
            deep: [{ k: 'it''s \${{ nope.x }}' }]
      outputs: { o: "\${{ nodes.a.outptu }}" }
    `),
    [
      '7:18 a reference starts with `inputs` or `nodes`, not `input` (did you mean `inputs.x`?)',
      '8:40 `nodes.b` is a node, not a value (write `nodes.b.output`)',
      '11:46 unexpected `!` after `inputs.x` (references take a value apart with `.name` and `[0]`; there are no other operators)',
      '14:14 there is nothing between `${{` and `}}` (write `inputs.NAME` or `nodes.ID.output`, then `.key` or `[0]`)',
      '15:30 a reference starts with `inputs` or `nodes`, not `nope` (write `inputs.NAME` or `nodes.ID.output`, then `.key` or `[0]`)',
      '16:27 a node has only `output`, not `outptu` (write `nodes.a.output`)',
    ],
  ],
  [
    'numbers out of range',
    `${head}  a: { use: "", action: y, priority: 5000000, deadlineMs: 0.5 }\n`,
    [
      '3:13 nodes.a.use must not be empty',
      '3:38 nodes.a.priority must be at most 1000000',
      '3:59 nodes.a.deadlineMs must be a whole number, not 0.5',
    ],
  ],
  [
    'how a node is to be tried',
    yaml(`
      name: c
      nodes:
        a:
          use: x
          action: y
          priority: -1
          delayMs: 500
          withinMs: 500
          retry: { attempts: 0, backofMs: 3, jitter: 2 }
          control: fast
        b: { use: x, action: y, retry: 3 }
    `),
    [
      '6:15 nodes.a.priority must be at least 0',
      '7:14 this node waits for 500 ms, but has to be over within 500 ms (let `delayMs` be less than `withinMs`)',
      '9:24 nodes.a.retry.attempts must be at least 1',
      '9:27 unknown key "backofMs" (did you mean "backoffMs"? keys: attempts, backoffMs, factor, maxBackoffMs, jitter)',
      '9:48 nodes.a.retry.jitter must be at most 1',
      '10:14 nodes.a.control must be a mapping, not the text "fast"',
      '11:34 nodes.b.retry must be a mapping, not 3 (write `{ attempts: 3 }`)',
    ],
  ],
];
for (const [what, text, problems] of cases) {
  test(`${what}: ${problems.length === 1 ? 'the problem is' : 'all problems are'} told with line and column`, () => {
    assert.deepEqual(formProblemsOf(text), problems);
  });
}

test('a .json file is held to JSON, and says where it is not', () => {
  assert.deepEqual(formProblemsOf('{\n\t"name": "c",\n\t"nodes": {},\n}\n', 'c.json'), [
    '4:1 not valid JSON: Expected double-quoted property name',
  ]);
  assert.deepEqual(formProblemsOf('{\n\t"name": "c",\n\t"nods": {}, "nodes": {} }\n', 'c.json'), [
    '3:2 unknown key "nods" (did you mean "nodes"? keys: name, description, inputs, nodes, outputs, failFast)',
  ]);
  assert.deepEqual(formProblemsOf('{"name": "c"', 'c.json'), [
    '1:13 not valid YAML: Flow map must end with a }',
  ]);
});

test('the message shows the line with a mark under the place, and names the file', () => {
  assert.throws(
    () => parseComposition('name: c\nnods: {}\nnodes: {}\n', 'talk.yaml'),
    (error) => {
      assert.ok(error instanceof HostError);
      assert.equal(error.code, 'COMPOSITION_INVALID');
      assert.equal(
        error.message,
        [
          'talk.yaml:2:1: unknown key "nods"',
          '    nods: {}',
          '    ^',
          '    did you mean "nodes"? keys: name, description, inputs, nodes, outputs, failFast',
        ].join('\n'),
      );
      assert.equal(error.details['line'], 2);
      assert.equal(problemsIn(error)[0]?.path, 'nods');
      return true;
    },
  );
});

test('a composition made by code is refused with places in it instead of lines', () => {
  const value = {
    name: 'c',
    nodes: { a: { use: 'x', action: 'y', with: { k: [1, '${{ x }}'] } } },
  };
  assert.throws(() => readComposition(value, 'request'), {
    code: 'COMPOSITION_INVALID',
    message: /^request: nodes\.a\.with\.k\[1\]: a reference starts with/,
  });
  assert.throws(() => readComposition({ name: 'c', nodes: {}, outputs: { o: 1n } }, 'request'), {
    code: 'COMPOSITION_INVALID',
    message: /request: \$\.outputs\.o is the bigint 1/,
  });
});
