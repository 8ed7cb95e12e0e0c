import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { stringify } from 'yaml';
import { bind } from '../../src/compositions/bind.ts';
import { composition } from '../../src/compositions/builder.ts';
import type { Composition } from '../../src/compositions/composition.ts';
import { parseComposition } from '../../src/compositions/parse.ts';
import { needsOf, topologicalOrder } from '../../src/compositions/validate/order.ts';
import { validateComposition } from '../../src/compositions/validate/validate.ts';
import { catalog } from './catalog.ts';

interface Edge {
  from: number;
  to: number;
  kind: 'whole' | 'text' | 'needs';
}

/** A graph without circles: edges lead from lower to higher numbers, and the nodes are then shuffled. */
const graph = fc.integer({ min: 1, max: 12 }).chain((size) =>
  fc.record({
    ids: fc.shuffledSubarray(
      Array.from({ length: size }, (_, i) => `n${i}`),
      { minLength: size },
    ),
    edges: fc
      .array(
        fc.record({
          from: fc.nat(size - 1),
          to: fc.nat(size - 1),
          kind: fc.constantFrom<Edge['kind']>('whole', 'text', 'needs'),
        }),
        { maxLength: 30 },
      )
      .map((edges) => edges.filter(({ from, to }) => from < to)),
    written: fc.shuffledSubarray(
      Array.from({ length: size }, (_, i) => i),
      { minLength: size },
    ),
  }),
);

function build({
  ids,
  edges,
  written,
}: {
  ids: string[];
  edges: Edge[];
  written: number[];
}): Composition {
  const built = composition('random');
  const id = (index: number) => ids[index] ?? '';
  for (const index of written) {
    const incoming = edges.filter(({ to }) => to === index);
    const of = (kind: Edge['kind']) =>
      incoming.filter((edge) => edge.kind === kind).map(({ from }) => id(from));
    built.node(id(index), {
      use: 'text',
      action: 'anything',
      with: {
        value: [
          of('whole').map((from) => `\${{ nodes.${from}.output }}`),
          of('text')
            .map((from) => `see \${{ nodes.${from}.output }}`)
            .join(', '),
        ],
      },
      needs: of('needs'),
    });
  }
  return built.build();
}

test('graphs without circles are valid, and their order has every node after all it needs', () => {
  fc.assert(
    fc.property(graph, (random) => {
      const built = build(random);
      assert.deepEqual(validateComposition(built, catalog), []);
      const order = topologicalOrder(built);
      assert.deepEqual(order.toSorted(), Object.keys(built.nodes).toSorted());
      for (const [place, id] of order.entries()) {
        for (const needed of needsOf(built, id)) assert.ok(order.indexOf(needed) < place);
      }
      const expected = new Set(
        random.edges.map(({ from, to }) => `${random.ids[from]} ${random.ids[to]}`),
      );
      const derived = order.flatMap((id) => needsOf(built, id).map((needed) => `${needed} ${id}`));
      assert.deepEqual(new Set(derived), expected);
      assert.equal(derived.length, expected.size);
    }),
  );
});

test('one edge that closes a circle is always found, and told as a circle of real edges', () => {
  fc.assert(
    fc.property(
      graph.filter(({ edges }) => edges.length > 0),
      fc.nat(),
      (random, pick) => {
        const edge = random.edges[pick % random.edges.length];
        assert.ok(edge !== undefined);
        const back: Edge = { from: edge.to, to: edge.from, kind: edge.kind };
        const built = build({ ...random, edges: [...random.edges, back] });
        const messages = validateComposition(built, catalog).map(({ message }) => message);
        assert.ok(messages.length > 0);
        for (const message of messages) {
          const circle = message.replace('these nodes wait for each other: ', '').split(' → ');
          assert.equal(circle[0], circle.at(-1));
          for (const [i, id] of circle.slice(0, -1).entries()) {
            assert.ok(needsOf(built, id).includes(circle[i + 1] ?? ''), message);
          }
        }
      },
    ),
  );
});

test('a composition is the same after a way through YAML, and through JSON', () => {
  fc.assert(
    fc.property(graph, (random) => {
      const built = build(random);
      assert.deepEqual(parseComposition(stringify(built), 'c.yaml'), built);
      assert.deepEqual(parseComposition(JSON.stringify(built, null, '\t'), 'c.json'), built);
    }),
  );
});

test('text without references is bound to itself once its braces are escaped', () => {
  const text = fc
    .array(fc.constantFrom('$', '{', '}', 'a', '${{', '}}', '\n', ' '))
    .map((parts) => parts.join(''));
  fc.assert(
    fc.property(text, (raw) => {
      const escaped = raw.replaceAll('${{', () => '$${{');
      assert.equal(bind(escaped, { inputs: {}, outputOf: () => null }), raw);
    }),
  );
});
