/** The secrets of one workspace, in `.capstan/secrets`. */
export interface SecretStore {
  /** The value set for a capability. Throws SECRET_STORE_LOCKED, SECRET_STORE_DAMAGED, SECRET_STORE_UNSAFE. */
  get(capability: string, name: string): Promise<string | null>;
  /** The names that are set for a capability; needs no key. */
  names(capability: string): Promise<string[]>;
  /** What is not as safe as it should be; said on every use. */
  warnings(): Promise<string[]>;
}
