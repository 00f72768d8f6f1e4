/** Writes a snapshot of a cluster into a folder that is there; `incident`: the snapshot that all other answers are of. */
export function writeCluster(
  folder: string,
  cluster: { mode: 'iptables' | 'nft' | 'ipvs'; nodes: number; services: number; endpoints: number },
  incident: string,
): void;
