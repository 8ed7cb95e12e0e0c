export interface RunOptions {
  input?: string[];
  inputs?: string;
  watch?: boolean;
  fresh?: boolean;
  timeout?: number;
}
