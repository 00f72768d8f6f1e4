/**
 * Reads the output of `kubectl get nodes -o json` (or `-o yaml`): Nodes of Kubernetes' core/v1 API, and lists of
 * them.
 */
import type { Json } from '../../model.ts';
import type { Yaml } from '../../yaml.ts';
import { HOST_NAME_HINT, isHostName } from '../names.ts';
import type { Complain, Statement, Variable } from '../statements.ts';
import { isMapping, kindOf, type Mapping, type Path } from '../tree.ts';

/** Tells whether a value is an object of Kubernetes: each has a version and a kind. */
export function isKubernetes(value: Json): value is Mapping {
  return isMapping(value) && typeof value.apiVersion === 'string' && typeof value.kind === 'string';
}

export function readNodes(yaml: Yaml, complain: Complain): Statement[] {
  const root = yaml.value as Mapping;
  if (!Array.isArray(root.items)) return readNode(yaml, root, [], complain);
  return root.items.flatMap((item, index) => readNode(yaml, item, ['items', index], complain));
}

function readNode(yaml: Yaml, node: Json, path: Path, complain: Complain): Statement[] {
  const { kind, metadata, status } = isMapping(node) ? node : {};
  if (kind !== 'Node') {
    const what = typeof kind === 'string' ? `a ${kind}` : kindOf(node);
    complain(`this is ${what}, not a Node`, yaml.at([...path, 'kind']), 'kubectl get nodes -o json');
    return [];
  }
  const { name, labels } = isMapping(metadata) ? metadata : {};
  const source = yaml.at([...path, 'metadata', 'name']);
  if (typeof name !== 'string' || !isHostName(name)) {
    complain(`${JSON.stringify(name ?? null)} can't be a host's name`, source, HOST_NAME_HINT);
    return [];
  }
  const vars = new Map([
    ...addressOf(yaml, isMapping(status) ? status.addresses : undefined, path),
    ...labelsOf(yaml, labels, path),
  ]);
  const groups = isMapping(labels)
    ? Object.entries(labels).map(([key, value]) => labelGroup(key, value))
    : [];
  return ['ungrouped', ...groups].map((group) => ({
    kind: 'host',
    group,
    host: name,
    source,
    vars,
    port: null,
  }));
}

/** The first InternalIP: of a node with two families, the one that the cluster prefers. */
function addressOf(yaml: Yaml, addresses: Json | undefined, path: Path): [string, Variable][] {
  const list = Array.isArray(addresses) ? addresses : [];
  const index = list.findIndex((entry) => isMapping(entry) && entry.type === 'InternalIP');
  const entry = list[index];
  if (!isMapping(entry)) return [];
  const at = [...path, 'status', 'addresses', index, 'address'];
  const variable = { value: entry.address ?? null, source: yaml.at(at), nameSource: yaml.at(at, 'key') };
  return [['ansible_host', variable]];
}

function labelsOf(yaml: Yaml, labels: Json | undefined, path: Path): [string, Variable][] {
  if (!isMapping(labels)) return [];
  const at = [...path, 'metadata', 'labels'];
  return [['labels', { value: labels, source: yaml.at(at), nameSource: yaml.at(at, 'key') }]];
}

/**
 * `label_topology_kubernetes_io_zone_eu_1a`, as the inventory plugin kubernetes.core.k8s calls it. Of a label without
 * a value, such as a role, only the key.
 */
function labelGroup(key: string, value: Json): string {
  const words = value === '' || value === null ? [key] : [key, String(value)];
  return ['label', ...words].join('_').replace(/\W/g, '_');
}
