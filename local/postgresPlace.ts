import { createHash } from "node:crypto";
import { basename, dirname, join, resolve } from "node:path";

/** Where a data folder's cluster and the server's binaries lie, and who runs them. */
export interface PostgresPlace {
  readonly cluster: string;
  /** Folder the binaries are copied to; null: they run where the package manager put them. */
  readonly copy: string | null;
  /** A folder of ours outside the data folder, to be removed with it. */
  readonly ownFolder: string | null;
  /** The uid and gid of the server; undefined: our own. */
  readonly uid: number | undefined;
}

/** The unprivileged id PostgreSQL runs as when we are root, which it refuses to be. */
const UNPRIVILEGED_ID = 65534;

/**
 * As an ordinary user everything lies in the data folder. As root the binaries are always copied (the
 * package cache is in root's home), and the cluster moves to the temp folder too where the data folder
 * cannot be traversed by the unprivileged id.
 */
export async function choosePlace(dataDir: string): Promise<PostgresPlace> {
  const absolute = resolve(dataDir);
  const inside = join(absolute, "postgres");
  if (Deno.build.os === "windows" || Deno.uid() !== 0) {
    await Deno.mkdir(absolute, { recursive: true });
    return { cluster: inside, copy: null, ownFolder: null, uid: undefined };
  }
  await Deno.mkdir(absolute, { recursive: true });
  const ownFolder = join(tempFolder(), `fleet-${basename(absolute)}-${shortHash(absolute)}`);
  await makeOwn(ownFolder);
  const cluster = await isTraversable(absolute) ? inside : join(ownFolder, "postgres");
  await Deno.mkdir(cluster, { recursive: true, mode: 0o700 });
  await Deno.chown(cluster, UNPRIVILEGED_ID, UNPRIVILEGED_ID);
  return { cluster, copy: join(ownFolder, "native"), ownFolder, uid: UNPRIVILEGED_ID };
}

function tempFolder(): string {
  return Deno.env.get("TMPDIR") ?? "/tmp";
}

function shortHash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 12);
}

/** The temp folder is everybody's: a folder that another user put there under our name is refused. */
async function makeOwn(folder: string): Promise<void> {
  await Deno.mkdir(folder, { recursive: true, mode: 0o755 });
  const info = await Deno.lstat(folder);
  if (!info.isDirectory || info.uid !== 0) {
    throw new Error(`${folder} belongs to somebody else: remove it, or set TMPDIR`);
  }
  // Whatever the umask took away: the server's id must pass.
  await Deno.chmod(folder, 0o755);
}

/** Whether every folder on the way lets others through. */
async function isTraversable(path: string): Promise<boolean> {
  for (let folder = path;; folder = dirname(folder)) {
    const { mode } = await Deno.stat(folder);
    if (mode === null || (mode & 0o001) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}

export async function copyFolder(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  await Deno.chmod(to, 0o755);
  for await (const entry of Deno.readDir(from)) {
    const source = join(from, entry.name), target = join(to, entry.name);
    if (entry.isDirectory) await copyFolder(source, target);
    else {
      await Deno.copyFile(source, target);
      await Deno.chmod(target, 0o755);
    }
  }
}

export async function exists(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, () => false);
}
