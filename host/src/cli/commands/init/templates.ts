export type Language = 'typescript' | 'python';

/** The files of a new workspace. What they say really runs; a test runs it. */
export function templatesFor(language: Language): { [name: string]: string } {
  const [source, environment, code] =
    language === 'typescript' ? ['hello.ts', 'npm', typescript] : ['hello.py', 'venv', python];
  return {
    'capstan.yaml': declaration(source, environment),
    [source]: code,
    'hello.yaml': composition,
  };
}

const declaration = (source: string, environment: string): string => `\
# The tools of this workspace. \`capstan install\` builds an environment for each and records what it offers;
# \`capstan list\` shows them. Tools never share an environment unless they ask for exactly the same one.
capabilities:
  - name: hello
    environment: ${environment}${' '.repeat(Math.max(1, 10 - environment.length))}# or one of: npm, uv, venv, conda, pixi, command
    source: ./${source}

    # More that an entry may say:
    # environment: { kind: venv, python: ">=3.10", requirements: [numpy==2.2.1] }
    # environment: { kind: npm, packages: [marked@16] }
    # config: { greeting: Hello }   # handed to the tool when it starts
    # idleSeconds: 300              # a warm worker without calls ends after this
    # slots: 1                      # calls at once
`;

/** Spelt apart, so that nobody takes the template's import for one of this file. */
const sdk = `'@capstan/worker'`;

const typescript = `\
import { defineCapability } from ${sdk};

export default defineCapability({
  name: 'hello',
  version: '1.0.0',
  actions: {
    greet: {
      description: 'Greets somebody.',
      effects: 'pure',
      input: { who: { type: 'string', description: 'whom to greet' } },
      output: { type: 'string' },
      run: ({ who }) => \`Hello, \${who}!\`,
    },
  },
});
`;

const python = `\
from capstan_worker import Capability, action


class Hello(Capability):
    name, version = "hello", "1.0.0"

    @action(effects="pure")
    def greet(self, who: str) -> str:
        """Greets somebody."""
        return f"Hello, {who}!"
`;

const composition = `\
# A composition: nodes call actions, and refer to inputs and to what other nodes made.
# Check it with \`capstan validate hello.yaml\`, run it with \`capstan run hello.yaml --input who=World\`.
name: hello
description: Greets somebody, and then greets the greeting.
inputs:
  who: { type: string, description: whom to greet }
nodes:
  first: { use: hello, action: greet, with: { who: "\${{ inputs.who }}" } }
  second: { use: hello, action: greet, with: { who: "\${{ nodes.first.output }}" } }
outputs:
  greeting: "\${{ nodes.second.output }}"
`;
