/** `02:11:04`, UTC */
export const clockTime = (at: number): string => new Date(at).toISOString().slice(11, 19);
