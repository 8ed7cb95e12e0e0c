import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseTemplate, type Template } from '../../src/compositions/references.ts';

const wholes: [text: string, root: object, path: (string | number)[]][] = [
  ['${{ inputs.audio }}', { input: 'audio' }, []],
  ['${{inputs.audio}}', { input: 'audio' }, []],
  ['${{ inputs.a-b_1.path }}', { input: 'a-b_1' }, ['path']],
  ['${{ nodes.wav.output }}', { node: 'wav' }, []],
  ['${{ nodes.vad.output.segments[0].start }}', { node: 'vad' }, ['segments', 0, 'start']],
  ['${{ nodes.vad.output.segments.0.start }}', { node: 'vad' }, ['segments', 0, 'start']],
  ['${{ nodes.x.output["odd key"][ 12 ] }}', { node: 'x' }, ['odd key', 12]],
  ['${{ nodes.x.output["a }} b"] }}', { node: 'x' }, ['a }} b']],
  ['${{ nodes.output.output.output }}', { node: 'output' }, ['output']],
];
for (const [text, root, path] of wholes) {
  test(`${text} is a reference and nothing else`, () => {
    const { template, errors } = parseTemplate(text);
    assert.deepEqual(errors, []);
    assert.ok(template.kind === 'whole');
    assert.deepEqual(template.reference.root, root);
    assert.deepEqual(template.reference.path, path);
  });
}

const literals: [text: string, literal: string][] = [
  ['', ''],
  ['plain', 'plain'],
  ['$HOME and ${x} and {{ y }}', '$HOME and ${x} and {{ y }}'],
  ['$${{ inputs.audio }}', '${{ inputs.audio }}'],
  ['costs $$${{ x', 'costs $${{ x'],
  ['}} alone', '}} alone'],
];
for (const [text, literal] of literals) {
  test(`${JSON.stringify(text)} is the text ${JSON.stringify(literal)}`, () => {
    assert.deepEqual(parseTemplate(text), {
      template: { kind: 'literal', text: literal },
      errors: [],
    });
  });
}

test('references inside a longer text are parts of it, each with its place', () => {
  const { template } = parseTemplate('from ${{ inputs.a }} to $${{ b }} and ${{ inputs.c }}');
  assert.deepEqual(outline(template), ['from ', 'inputs.a@5', ' to ${{ b }} and ', 'inputs.c@38']);
});

test('a reference with space around it is not alone, and so becomes text', () => {
  assert.deepEqual(outline(parseTemplate(' ${{ inputs.a }}').template), [' ', 'inputs.a@1']);
});

const outline = (template: Template): string[] =>
  template.kind === 'text'
    ? template.parts.map((part) =>
        typeof part === 'string' ? part : `${part.text}@${part.offset}`,
      )
    : [template.kind];

const malformed: [text: string, offset: number, message: RegExp, hint?: RegExp][] = [
  ['x ${{ inputs.a', 2, /never closed/, /\$\$\{\{/],
  ['${{ }}', 0, /nothing between/],
  ['${{ input.audio }}', 4, /not `input`/, /did you mean `inputs\.audio`/],
  ['${{ node.wav.output }}', 4, /not `node`/, /`nodes\.wav\.output`/],
  ['${{ wav.output }}', 4, /not `wav`/, /nodes\.ID\.output/],
  ['${{ 3 }}', 4, /`3` is not a reference/],
  ['${{ inputs }}', 4, /does not say which input/],
  ['${{ nodes[0].output }}', 4, /does not say which node/],
  ['${{ nodes.wav }}', 4, /is a node, not a value/, /`nodes\.wav\.output`/],
  ['${{ nodes.wav.outptu }}', 13, /only `output`, not `outptu`/, /`nodes\.wav\.output`/],
  ['${{ nodes.wav.path }}', 13, /only `output`, not `path`/, /`nodes\.wav\.output\.path`/],
  ['${{ inputs.a + 1 }}', 12, /unexpected `\+ 1` after `inputs\.a`/, /no other operators/],
  ['${{ inputs.a[-1] }}', 12, /unexpected `\[-1\]`/],
  ['${{ inputs.a["\\x"] }}', 12, /is not a text in JSON/],
];
for (const [text, offset, message, hint] of malformed) {
  test(`${text} is refused at character ${offset}`, () => {
    const { errors } = parseTemplate(text);
    assert.equal(errors.length, 1);
    assert.equal(errors[0]?.offset, offset);
    assert.match(errors[0].message, message);
    if (hint !== undefined) assert.match(errors[0].hint ?? '', hint);
  });
}

test('every malformed reference of a text is told, not only the first', () => {
  const { errors } = parseTemplate('${{ a }} ${{ inputs.ok }} ${{ b }}');
  assert.deepEqual(
    errors.map(({ offset }) => offset),
    [4, 30],
  );
});
