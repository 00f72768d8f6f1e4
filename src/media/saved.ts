/**
 * The layers of a saved container image: an OCI layout (image-spec, image-layout.md), or the output of `docker save`.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { pathIn, Unread } from '../read.ts';
import { bytesOf, type Range, Unreadable } from './bytes.ts';
import { normal } from './overlay.ts';
import { readEntries } from './tar.ts';

export interface SavedImage {
  layers: Range[];
  /** The time when it was made; null where that is unknown. */
  takenAt: string | null;
}

/** Finds the files of a layout, in a folder or an archive: where each begins, without reading it. */
export type Files = (name: string) => Range | null;

/** Finds files in a folder. A link that leads out of it leads to nothing of the image's. */
export function filesOfFolder(folder: string): Files {
  return (name) => {
    try {
      const path = pathIn(join(folder, name), folder);
      const stat = statSync(path);
      return stat.isFile() ? { path, start: 0, size: stat.size } : null;
    } catch (error) {
      if (error instanceof Unread) return null;
      throw error;
    }
  };
}

/** Finds files in an archive that is not packed: its layers are read where they lie. */
export async function filesOfArchive(range: Range): Promise<Files> {
  const files = new Map<string, Range>();
  const bytes = await bytesOf(range);
  try {
    for await (const { entry } of readEntries(bytes)) {
      const target = entry.kind === 'file' ? null : normal(entry.target);
      const same = target === null ? undefined : files.get(target);
      const path = normal(entry.name);
      if (path === null) continue;
      // a root file system it is, then
      if (/^\/(etc|usr)(\/|$)/.test(path)) return () => null;
      if (entry.kind === 'file')
        files.set(path, { path: range.path, start: range.start + entry.start, size: entry.size });
      else if (same) files.set(path, same);
    }
  } finally {
    await bytes.close();
  }
  return (name) => files.get(`/${name}`) ?? null;
}

/** Tells whether the files are a saved image at all. */
export const isSaved = (files: Files): boolean =>
  files('manifest.json') !== null || (files('oci-layout') !== null && files('index.json') !== null);

export async function savedImage(files: Files): Promise<SavedImage> {
  const saved = files('manifest.json') === null ? null : await json<DockerManifest[]>(files, 'manifest.json');
  return saved === null ? ociImage(files) : dockerImage(saved, files);
}

interface DockerManifest {
  Config: string;
  Layers: string[];
  RepoTags?: string[] | null;
}

async function dockerImage(saved: readonly DockerManifest[], files: Files): Promise<SavedImage> {
  const [image, ...others] = listed(saved, 'image');
  if (image === undefined) throw new Unreadable('it holds no image');
  if (others.length > 0) {
    const names = saved.flatMap(({ RepoTags }) => RepoTags ?? []).slice(0, 8);
    throw new Unreadable(`it holds ${saved.length} images (${names.join(', ')}): save one`);
  }
  return {
    layers: listed(image.Layers, 'layers').map((name) => needed(files, String(name))),
    takenAt: await created(files, String(image.Config)),
  };
}

interface Descriptor {
  mediaType?: string;
  digest: string;
  platform?: { os?: string; architecture?: string };
}

interface OciManifest {
  config?: Descriptor;
  layers?: Descriptor[];
  manifests?: Descriptor[];
}

/** Reads an OCI image. An index may lead to one for several platforms; a few levels of them are enough for anybody. */
async function ociImage(files: Files): Promise<SavedImage> {
  let manifest = await json<OciManifest>(files, 'index.json');
  for (let depth = 0; manifest.manifests !== undefined && depth < 4; depth++)
    manifest = await json<OciManifest>(files, blob(chosen(listed(manifest.manifests, 'image'))));
  return {
    layers: listed(manifest.layers, 'layers').map((layer) => needed(files, blob(layer))),
    takenAt: manifest.config ? await created(files, blob(manifest.config)) : null,
  };
}

/** Returns the manifest for amd64 where there are several: settings seldom differ by architecture. */
function chosen(manifests: readonly Descriptor[]): Descriptor {
  const images = manifests.filter(({ platform }) => platform?.os !== 'unknown');
  const usual = images.find(({ platform }) => platform?.os === 'linux' && platform.architecture === 'amd64');
  const found = usual ?? images[0];
  if (found === undefined) throw new Unreadable('its index names no image');
  return found;
}

function blob({ digest }: Descriptor): string {
  const match = /^(\w+):([0-9a-f]{32,})$/.exec(String(digest));
  if (!match) throw new Unreadable(`${JSON.stringify(digest)} is no digest`);
  return `blobs/${match[1]}/${match[2]}`;
}

async function created(files: Files, config: string): Promise<string | null> {
  const { created } = await json<{ created?: unknown }>(files, config);
  const time = Date.parse(String(created));
  // builds that can be repeated give the beginning of time
  return time > Date.parse('1980-01-02') ? new Date(time).toISOString().replace(/\.\d+Z$/, 'Z') : null;
}

function needed(files: Files, name: string): Range {
  const range = normal(name) === `/${name}` ? files(name) : null;
  if (range === null) throw new Unreadable(`${name} is missing in it`);
  return range;
}

const LARGEST_JSON = 16 * 2 ** 20;

async function json<T>(files: Files, name: string): Promise<T> {
  const range = needed(files, name);
  if (range.size > LARGEST_JSON) throw new Unreadable(`${name} is too large`);
  const bytes = await bytesOf(range);
  try {
    const value: unknown = JSON.parse((await bytes.take(range.size)).toString('utf8'));
    if (typeof value === 'object' && value !== null) return value as T;
  } catch {
    // reported below
  } finally {
    await bytes.close();
  }
  throw new Unreadable(`${name} is no JSON object`);
}

/** Returns a list, and throws where it is none: other programs may have written anything. */
function listed<T>(value: readonly T[] | undefined, what: string): readonly T[] {
  if (Array.isArray(value)) return value;
  throw new Unreadable(`it names no ${what}`);
}
