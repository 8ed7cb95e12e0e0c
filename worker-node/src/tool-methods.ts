import { type Action, Capability } from './capability.ts';
import { checkedInput, inputSchema } from './actions.ts';
import type { Context } from './context.ts';
import { currentCall } from './current.ts';

/** A method that stands for an action: its inputs are its parameters, in the order of the table. */
interface ActionMethod {
  name: string;
  params: string[];
}

/** The actions that an adapter can call by name; a method that the author wrote under that name comes first. */
export const actionMethods = (instance: object): ActionMethod[] =>
  instance instanceof Capability
    ? Object.entries(instance.actions)
        .filter(([name]) => /^[A-Za-z]\w*$/.test(name) && isFree(instance, name))
        .map(([name, action]) => ({ name, params: inputNames(action) }))
    : [];

const standsForAction = Symbol('stands for an action');

function isFree(instance: object, name: string): boolean {
  if (!(name in instance)) return true;
  const own: unknown = Object.getOwnPropertyDescriptor(instance, name)?.value;
  return typeof own === 'function' && standsForAction in own;
}

/**
 * The tool as an adapter meets it: with a method for each action, so that `tool.count(text)` works with what
 * `defineCapability` made as it does with a class. The call is the one in which the adapter was called.
 */
export function asTool(capability: Capability): Capability {
  for (const { name, params } of actionMethods(capability)) {
    const method = (...given: unknown[]) => perform(capability.actions[name], params, given);
    const value = Object.assign(method, { [standsForAction]: true });
    Object.defineProperty(capability, name, { configurable: true, value });
  }
  return capability;
}

function perform(action: Action | undefined, params: string[], given: unknown[]): unknown {
  const named = Object.fromEntries(
    params.flatMap((name, index) => (given[index] === undefined ? [] : [[name, given[index]]])),
  );
  // outside of calls, as in a unit test, an action that needs its context says so itself
  const context = currentCall() as Context;
  return action?.run(checkedInput(action, named), context);
}

const inputNames = (action: Action): string[] => {
  const { properties } = inputSchema(action);
  return typeof properties === 'object' && properties !== null ? Object.keys(properties) : [];
};
