/** `maps`: it means the same here. `differs`: it works otherwise. `dropped`: it has no place. `todo`: yours to do. */
export interface Note {
  kind: 'maps' | 'differs' | 'dropped' | 'todo';
  text: string;
}

export const maps = (text: string): Note => ({ kind: 'maps', text });
export const differs = (text: string): Note => ({ kind: 'differs', text });
export const dropped = (text: string): Note => ({ kind: 'dropped', text });
export const todo = (text: string): Note => ({ kind: 'todo', text });
