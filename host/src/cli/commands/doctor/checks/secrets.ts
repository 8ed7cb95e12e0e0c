import { namedInstance, variablesOf } from '../../../instance-variables.ts';
import { openSecretStore } from '../../../unlocking.ts';
import { type Check, type Finding, ok, problem, warning } from '../finding.ts';

/** How secrets are kept, and which variables are missing without which a worker cannot start. */
export const secrets: Check = async ({ context, runtime, env, root }) => {
  if (root === null) return [];
  const store = await openSecretStore(context, root);
  const { protection, count, isLocked, warnings } = await store.state();
  const findings: Finding[] = warnings.map((text) =>
    warning('secrets', text, 'See docs/secrets.md.'),
  );
  if (protection !== 'none' && warnings.length === 0) {
    const locked = isLocked ? ', locked until a passphrase is given' : '';
    findings.push(ok('secrets', `${count} kept, ${how[protection]}${locked}`));
  }
  // what is wrong with capstan.yaml itself, the check of the workspace tells
  const isReadable = await runtime.readWorkspace(root).then(
    () => true,
    () => false,
  );
  if (!isReadable) return findings;
  for (const { capability, instances } of await runtime.declaredVariables(root, env)) {
    for (const instance of [capability, ...Object.keys(instances)]) {
      // oxlint-disable-next-line no-await-in-loop -- a few files each
      const found = await variablesOf(context, root, await namedInstance(context, root, instance));
      const missing = (found?.variables ?? []).filter((one) => one.required && !one.satisfied);
      findings.push(
        ...missing.map(({ name, secret }) =>
          problem(
            `variables of ${instance}`,
            `${name} has no value, and it cannot start without`,
            secret
              ? `Run \`capstan secret set ${capability} ${name}\`.`
              : `Run \`capstan env set ${instance} ${name}=…\`.`,
          ),
        ),
      );
    }
  }
  return findings;
};

const how = {
  keychain: 'their key in the keychain',
  passphrase: 'under a passphrase',
  plain: 'unencrypted',
};
