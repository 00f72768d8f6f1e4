/** Writes a snapshot of `size` hosts into a folder that is there: those of the snapshot `incident`, again and again. */
export function writeFleet(folder: string, size: number, incident: string): void;
