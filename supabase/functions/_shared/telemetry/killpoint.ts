/**
 * Named points at which crash tests stop this process for real. `FLEET_KILLPOINTS` is
 * `NAME=/path/of/a/marker,…`: the first process to pass a named point creates its marker file and
 * sends itself SIGKILL, `+ms` after the path so much later; later ones find the marker and pass.
 * Unset, as everywhere but in tests, the returned function does nothing.
 */
export function createKillpoints(setting: string | undefined): (name: string) => void {
  if (setting === undefined || setting === "") return () => {};
  const points = new Map(
    setting.split(",").map((pair) => {
      const [name, place] = pair.split("=");
      const [path, delayMs = "0"] = place.split("+");
      return [name, { path, delayMs: Number(delayMs) }] as const;
    }),
  );
  return (name) => {
    const point = points.get(name);
    if (point === undefined || !isFirst(point.path)) return;
    const kill = () => Deno.kill(Deno.pid, "SIGKILL");
    if (point.delayMs === 0) kill();
    else setTimeout(kill, point.delayMs);
  };
}

function isFirst(marker: string): boolean {
  try {
    Deno.openSync(marker, { write: true, createNew: true }).close();
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return false;
    throw error;
  }
}
